// A person with a browser: opens a page, logs in with the provider, agrees, and tells where they have come to.
// Arguments: folder of node_modules, address, picture. Prints one line of JSON.
import { createRequire } from 'node:module';

const [modules, address, picture] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)('playwright-core');

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
try {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.fill('input[name=login]', 'ada');
  await page.fill('input[name=password]', 'any');
  await page.click('button[type=submit]');
  await page.waitForSelector('button[type=submit]');
  await page.screenshot({ path: `${picture}-consent.png` });
  await page.click('button[type=submit]');
  await page.waitForURL((url) => url.origin === new URL(address).origin);
  await page.screenshot({ path: `${picture}-arrived.png` });
  const arrived = { url: page.url(), text: await page.innerText('body') };
  const again = await page.goto(address);
  const cookies = (await context.cookies(address)).map(({ name, secure, httpOnly, sameSite }) =>
    ({ name, secure, httpOnly, sameSite }));
  console.log(JSON.stringify({ arrived, again: { status: again.status(), text: await again.text() }, cookies }));
} catch (fault) {
  const page = browser.contexts()[0]?.pages()[0];
  if (page) {
    console.error(`stopped at ${page.url()}`);
    await page.screenshot({ path: `${picture}-stopped.png` });
  }
  throw fault;
} finally {
  await browser.close();
}
