import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './lab';

/** Axe brings types of a Playwright of its own; the page is the same. */
type AxePage = ConstructorParameters<typeof AxeBuilder>[0]['page'];

for (const theme of ['JupyterLab Light', 'JupyterLab Dark']) {
  test(`no barrier that axe finds, narrow and wide: ${theme}`, async ({ lab }) => {
    const { panel, page } = lab;
    await lab.command('apputils:change-theme', { theme });
    await page.setViewportSize({ width: 700, height: 800 });
    await panel.narrow(280);
    await panel.pick(2);
    await panel.rows.first().dblclick();
    await expect(panel.root.getByRole('region', { name: /^Details of run/ })).toBeVisible();
    await panel.root.getByRole('button', { name: '+ filter' }).click();
    await expect(panel.root.getByRole('group', { name: 'Target' })).toBeVisible();
    expect(await barriers()).toEqual([]);
    expect(await panel.root.evaluate(node => node.scrollWidth - node.clientWidth)).toBe(0);

    await page.setViewportSize({ width: 1600, height: 900 });
    await lab.command('jupyterlab-magic-rucio:open-main-area');
    await lab.command('application:toggle-left-area');
    await expect(panel.root.getByRole('columnheader', { name: 'Target' })).toBeVisible();
    await panel.rows.first().click();
    expect(await barriers()).toEqual([]);

    async function barriers(): Promise<string[]> {
      const found = await new AxeBuilder({ page: page as AxePage })
        .include('.jp-magicRucio-panel')
        .analyze();
      return found.violations.flatMap(one =>
        one.nodes.map(node => `${one.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`)
      );
    }
  });
}

test('everything is reached by the keyboard alone', async ({ lab }) => {
  const { panel, page } = lab;
  await panel.search.fill('Crab');
  await expect.poll(() => panel.total()).toBe(8);
  await panel.search.focus();
  await tabTo(panel.rows.first());
  await page.keyboard.press('ArrowDown');
  await expect(panel.rows.nth(1)).toBeFocused();
  await page.keyboard.press('Space');
  await expect(panel.selection).toContainText('1 run');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(panel.selection).toContainText('2 runs');
  await page.keyboard.press('Enter');
  await expect(panel.root.getByRole('region', { name: /^Details of run/ })).toBeVisible();
  await tabTo(panel.main);

  async function tabTo(there: typeof panel.main): Promise<void> {
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab');
      if (await there.evaluate(node => node === document.activeElement)) {
        return;
      }
    }
    await expect(there).toBeFocused();
  }
});
