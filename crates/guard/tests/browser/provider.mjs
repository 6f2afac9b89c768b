// A certified OpenID provider (npm oidc-provider) on a free port of this machine, with its own pages for login and consent.
// Arguments: folder of node_modules, redirect URI. Prints its issuer.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [modules, redirectUri] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: 'app', client_secret: 'a-secret-of-some-length', redirect_uris: [redirectUri] }],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  cookies: { keys: ['only for a test'] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, name: `Name of ${sub}`, email: `${sub}@example.com` }),
  }),
  pkce: { required: () => true },
});
server.on('request', provider.callback());
console.log(issuer);
