// #region example
import { createServer } from 'node:http';
import { createHost } from '@moorage/core';
import { createHttp } from '@moorage/http';

const host = await createHost(); // on memory; give it a driver and a store for real agents
const http = createHttp(host, { token: process.env.MOORAGE_TOKEN });
const server = createServer(http.node);
server.on('upgrade', (request, socket, head) => {
  if (!http.upgrade(request, socket, head)) socket.destroy();
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
// #endregion
server.on('listening', () => console.log(`Listening on ${JSON.stringify(server.address())}`));
process.on('SIGTERM', () => {
  http.close();
  server.close();
  void host.close();
});
