// Walks through the demo as an analyst does, and takes a picture at each stop (scripts/pictures.sh).
// Usage: node scripts/pictures.mjs ADDRESS FOLDER
import path from 'node:path';
import { chromium } from '@playwright/test';

const [address, folder] = process.argv.slice(2);
const WINDOW = { width: 1360, height: 820 };
const ANALYSIS_MS = 180_000;

const browser = await chromium.launch({
  executablePath: process.env.MAGIC_RUCIO_CHROMIUM,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--font-render-hinting=none']
});
try {
  const page = await browser.newPage({ viewport: WINDOW });
  page.setDefaultTimeout(60_000);
  await page.goto(address);
  await page.waitForSelector('.jp-magicRucio-row');

  await select(page, 'Crab', 6);
  await picture(page, 'panel-narrow');

  await page.click('.jp-magicRucio-selection .jp-magicRucio-main');
  await page.waitForSelector('.jp-magicRucio-good', { timeout: 90_000 });
  await analyse(page);
  await twoThemes(page, async theme => {
    await page.locator('.jp-Notebook .jp-CodeCell').first().evaluate(toStart);
    await shoot(page, `notebook-attached-${theme}`);
    await page.locator('.jp-Notebook .jp-CodeCell .jp-RenderedImage').last().evaluate(toEnd);
    await shoot(page, `notebook-spectrum-${theme}`);
  });

  await page.click('[aria-label="Open in the main area"]');
  const wide = page.locator('.jp-MainAreaWidget .jp-magicRucio-panel');
  await wide.locator('.jp-magicRucio-row').first().waitFor();
  // The sidebar would show the same panel twice.
  await page.keyboard.press('Control+b');
  await wide.locator('.jp-magicRucio-row').nth(2).click();
  await picture(page, 'panel-wide');
} finally {
  await browser.close();
}

/** Filter by a word and pick the first rows. */
async function select(page, word, count) {
  await page.fill('.jp-magicRucio-filter input[type=search]', word);
  const rows = page.locator('.jp-magicRucio-row');
  await page.waitForFunction(
    text => {
      const all = [...document.querySelectorAll('.jp-magicRucio-row')];
      return all.length > 0 && all.every(row => row.textContent.includes(text));
    },
    word,
    { timeout: 20_000 }
  );
  await rows.nth(0).click();
  await rows.nth(count - 1).click({ modifiers: ['Shift'] });
  await page.waitForSelector('.jp-magicRucio-sums strong:not(:text("…"))');
}

/** Run the notebook and wait for the last figure. */
async function analyse(page) {
  await page.click('.jp-NotebookPanel .jp-Notebook');
  await page.click('.lm-MenuBar-item:has-text("Run")');
  await page.click('.lm-Menu-item:has-text("Run All Cells")');
  await page.waitForFunction(
    () => {
      const cells = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')];
      return cells.length > 1 && cells.every(cell => /\[\d+\]/.test(cell.textContent));
    },
    null,
    { timeout: ANALYSIS_MS }
  );
  const failures = page.locator('[data-mime-type="application/vnd.jupyter.error"]');
  if (await failures.count()) {
    throw new Error(`a cell of the example notebook failed: ${await failures.first().innerText()}`);
  }
  await page.waitForSelector('.jp-RenderedImage img');
}

function toStart(node) {
  node.scrollIntoView({ block: 'start' });
}

function toEnd(node) {
  node.scrollIntoView({ block: 'end' });
}

async function picture(page, name) {
  await twoThemes(page, theme => shoot(page, `${name}-${theme}`));
}

async function shoot(page, name) {
  // Fonts, the sky map and the theme's style sheet settle.
  await page.waitForTimeout(1200);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  console.log(`${name}.png`);
}

async function twoThemes(page, take) {
  for (const theme of ['Light', 'Dark']) {
    await page.click('.lm-MenuBar-item:has-text("Settings")');
    await page.hover('.lm-Menu-item:has-text("Theme")');
    await page.click(
      `.lm-Menu-item:text-is("JupyterLab ${theme}"), .lm-Menu-item:has(.lm-Menu-itemLabel:text-is("JupyterLab ${theme}"))`
    );
    await page.waitForSelector(`body[data-jp-theme-light="${theme === 'Light'}"]`, {
      state: 'attached'
    });
    await take(theme.toLowerCase());
  }
  await page.mouse.move(WINDOW.width / 2, 5);
}
