// An agent is any program that listens on PORT and answers GET /health.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
  const answers = {
    '/health': () => ({ status: 'ok', load: 0 }),
    '/greet': () => ({ greeting: `${process.env.GREETING}, ${searchParams.get('name')}!` }),
  };
  const answer = answers[pathname];
  response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer ? answer() : { error: `There is no ${pathname}` }));
});

process.once('SIGTERM', () => server.close());
server.listen(Number(process.env.PORT), process.env.HOST);
