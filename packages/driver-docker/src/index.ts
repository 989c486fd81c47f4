export type { ConnectionOptions } from './connection.js';
export { type DockerAnswer, type DockerAnswersOptions, dockerAnswers } from './docker-answers.js';
export { type DockerDriverOptions, dockerDriver } from './docker-driver.js';
export type { Credentials } from './ensure-image.js';
export { type LocalNodeImageOptions, localNodeImage } from './local-node-image.js';
