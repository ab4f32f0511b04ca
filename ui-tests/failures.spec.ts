import { expect, test } from './lab';
import { hangRucio, signInAs } from './sandbox';

test('a replication beyond the quota says what is left and moves nothing', async ({ lab }) => {
  const { panel } = lab;
  const back = await signInAs('analyst2');
  try {
    await lab.reload();
    await expect(panel.root.getByText('analyst2')).toBeVisible();
    await panel.filter('At ', 'elsewhere');
    await panel.rows.first().click();
    await panel.page.keyboard.press('Control+a');
    await expect(panel.selection).toContainText('Quota left: 1.0 MB');
    await panel.main.click();
    await expect(panel.flow).toContainText(/quota/i);
    await expect(panel.rows.first()).toContainText('elsewhere');
  } finally {
    back();
  }
});

test('Rucio that hangs is said so, the runs stay, and it recovers', async ({ lab }) => {
  const { panel } = lab;
  const goOn = hangRucio();
  try {
    await expect(panel.freshness).toContainText('Rucio does not answer', { timeout: 45_000 });
    await panel.search.fill('Crab');
    await expect.poll(() => panel.total()).toBe(8);
    await expect(panel.rows.first()).toContainText('CrabNebula');
  } finally {
    goOn();
  }
  await expect(panel.freshness).toContainText('in step with Rucio', { timeout: 45_000 });
});
