// An app of a customer: it asks the marketplace who can calculate, then calls that agent directly. Prints the result.
const [, , marketplace, customer] = process.argv;

const post = async (url, body) => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.json();
};

const { address } = await post(`${marketplace}/find`, { customer, capability: 'calculation' });
console.log(JSON.stringify(await post(`${address}/actions`, { action: 'calculate', params: { a: 5, b: 3, op: '+' } })));
