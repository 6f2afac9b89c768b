// A person with a browser adds a passkey, signs out, and signs in with it on the page that asks who they are, on their way to an application.
// Arguments: folder of node_modules, the server, where the application sends them, where they come back to, user name, password. Prints one
// line of JSON.
import { createRequire } from 'node:module';

const [modules, home, start, callback, name, password] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)('playwright-core');

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
try {
  const context = await browser.newContext();
  const page = await context.newPage();
  // What a page may not do, the browser complains of.
  const complaints = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  await page.route(`${callback}**`, (route) => route.fulfill({ body: 'welcome' }));
  const device = await context.newCDPSession(page);
  await device.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', { options });

  await page.goto(`${home}/docs/`);
  const added = await page.evaluate(async ([name, password]) => {
    const post = async (path, body) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(await answer.text());
      return answer.json();
    };
    await post('/api/v1/login', { identifier: name, password, cookie: true });
    const { challenge, options } = await post('/api/v1/passkeys/challenge', {});
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const credential = await navigator.credentials.create({ publicKey });
    return post('/api/v1/passkeys', { challenge, name: 'telephone', credential: credential.toJSON() });
  }, [name, password]);
  await context.clearCookies();

  // Nobody touches the device before the button was pressed: from the challenge that it fetches on, somebody does.
  const touch = (enabled) => device.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  await touch(false);
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await plain.goto(start);
  const without_script = await plain.isVisible('#passkey button');
  const challenge = '**/api/v1/login/passkey/challenge';
  const offers = await page.evaluate(() => PublicKeyCredential.isConditionalMediationAvailable());
  const offered = offers ? page.waitForResponse(challenge) : null;
  await page.goto(start);
  await offered;
  await page.route(challenge, async (route) => {
    await touch(true);
    await route.continue();
  });
  await page.click('#passkey button');
  await page.click('button[value=allow]');
  await page.waitForURL((url) => url.href.startsWith(callback));
  console.log(JSON.stringify({ url: page.url(), added, without_script, complaints }));
} finally {
  await browser.close();
}
