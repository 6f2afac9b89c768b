// openid-client goes the whole way: discovery, a login with PKCE, tokens with their signatures, userinfo, renewal, and out.
// Arguments: folder of node_modules, issuer, client id, client secret, redirect address, user name, password. Prints one line of JSON.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, issuer, id, secret, redirect_uri, name, password] = process.argv.slice(2);
const load = (what) => import(pathToFileURL(createRequire(`${modules}/`).resolve(what)));
const client = await load('openid-client');

// Follows what pages say; its cookies are its own.
const cookies = new Map();
async function send(url, fields) {
  const headers = { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') };
  const body = fields && new URLSearchParams(fields);
  const answer = await fetch(url, { method: fields ? 'POST' : 'GET', headers, body, redirect: 'manual' });
  for (const line of answer.headers.getSetCookie()) {
    const [key, ...value] = line.split(';')[0].split('=');
    cookies.set(key, value.join('='));
  }
  const place = answer.headers.get('location');
  return answer.status === 303 && place.startsWith('/') ? send(issuer + place) : answer;
}
const unescape = (text) => text.replaceAll('&#x2f;', '/').replaceAll('&amp;', '&');
const hidden = (page, field) => unescape(page.match(`name="${field}" value="([^"]*)"`)[1]);

const options = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] };
const config = await client.discovery(new URL(issuer), id, secret, client.ClientSecretBasic(secret), options);
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const address = client.buildAuthorizationUrl(config, {
  redirect_uri,
  scope: 'openid profile email',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
  nonce: expectedNonce,
  max_age: '3600',
});

let page = await (await send(address)).text();
const login = { request: hidden(page, 'request'), identifier: name, password };
page = await (await send(`${issuer}/oauth2/login`, login)).text();
const yes = { request: hidden(page, 'request'), seal: hidden(page, 'seal'), decision: 'allow' };
const back = new URL((await send(`${issuer}/oauth2/consent`, yes)).headers.get('location'));

const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true, maxAge: 3600 };
const tokens = await client.authorizationCodeGrant(config, back, checks);
const { sub } = tokens.claims();
const who = await client.fetchUserInfo(config, tokens.access_token, sub);
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
await client.fetchUserInfo(config, renewed.access_token, sub);

const out = client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: redirect_uri.replace('callback', 'goodbye'),
  state: 'bye',
});
const goodbye = (await send(out)).headers.get('location');
const headers = { authorization: `Bearer ${renewed.access_token}` };
const after = await fetch(config.serverMetadata().userinfo_endpoint, { headers });
const again = await client.authorizationCodeGrant(config, back, checks).then(() => 'given', (fault) => fault.error);

const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'));
console.log(JSON.stringify({
  algorithm: header.alg,
  email: who.email,
  username: who.preferred_username,
  renewed: renewed.access_token !== tokens.access_token,
  code_again: again,
  goodbye,
  after: after.status,
}));
