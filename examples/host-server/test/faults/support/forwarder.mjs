// Passes requests from a socket in the file system on to 127.0.0.1 of the network that it runs in. `x-target` says where.
import { createServer, request } from 'node:http';

const server = createServer((incoming, answer) => {
  const [host, port] = String(incoming.headers['x-target']).split(':');
  const onward = request({ host, port, path: incoming.url, agent: false }, (found) => {
    answer.writeHead(found.statusCode ?? 502);
    found.pipe(answer);
  });
  onward.on('error', (error) => {
    if (!answer.headersSent) answer.writeHead(502);
    answer.end(error.message);
  });
  answer.on('close', () => onward.destroy());
  incoming.pipe(onward);
});
server.listen(process.argv[2], () => console.log('ready'));
