// Prints, as JSON, which files of this extension a browser asks for: before the panel is opened, and after.
// Started by bundle_size.py, with CHROMIUM and ADDRESS in the environment: others see arguments, and the address has a token.
import { chromium } from '@playwright/test';

const EXTENSION = '/lab/extensions/jupyterlab-magic-rucio/';
const PANEL_TAB = '.jp-SideBar .lm-TabBar-tab[data-id="jupyterlab-magic-rucio-panel"]';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
});
try {
  const page = await browser.newPage();
  const seen = new Set();
  page.on('request', request => {
    const { pathname } = new URL(request.url());
    if (pathname.includes(EXTENSION) && pathname.endsWith('.js')) {
      seen.add(pathname.split('/').pop());
    }
  });
  await page.goto(process.env.ADDRESS);
  await page.waitForSelector(PANEL_TAB, { timeout: 60_000 });
  await page.waitForLoadState('networkidle');
  const before = [...seen];
  await page.click(PANEL_TAB);
  await page.waitForSelector('.jp-magicRucio-header, .jp-magicRucio-panel h2', { timeout: 30_000 });
  await page.waitForLoadState('networkidle');
  console.log(JSON.stringify({ before, after: [...seen] }));
} finally {
  await browser.close();
}
