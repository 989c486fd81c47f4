export type { ConnectionOptions } from './connection.js';
export { type DockerAnswer, type DockerAnswersOptions, dockerAnswers } from './docker-answers.js';
export { dockerDriver } from './docker-driver.js';
export type { DockerDriverOptions } from './driver-settings.js';
export type { Credentials } from './ensure-image.js';
export { type LocalNodeImageOptions, localNodeImage } from './local-node-image.js';
