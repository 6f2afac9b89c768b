// A person with a browser opens a page of a service, signs in with Doorward, agrees, and tells where they have come to.
// Arguments: folder of node_modules, address, user name, password, the address where they are in the end. Prints one line of JSON.
import { createRequire } from 'node:module';

const [modules, address, name, password, end] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)('playwright-core');

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
try {
  const page = await (await browser.newContext()).newPage();
  // What a page may not do, the browser complains of.
  const complaints = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  await page.goto(address);
  await page.fill('input[name=identifier]', name);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  await page.click('button[value=allow]');
  await page.waitForURL((url) => url.href === end);
  console.log(JSON.stringify({ url: page.url(), text: await page.innerText('body'), complaints }));
} finally {
  await browser.close();
}
