import { expect, test } from './lab';

test('finds runs by words and facets, sorts them, and says when none matches', async ({ lab }) => {
  const { panel } = lab;
  await expect.poll(() => panel.total()).toBe(24);
  await expect(panel.freshness).toContainText('24 runs · in step with Rucio');

  await panel.search.fill('Crab');
  await expect.poll(() => panel.total()).toBe(8);
  for (const row of await panel.rows.all()) {
    await expect(row).toContainText('CrabNebula');
  }
  await panel.search.fill('');
  await expect.poll(() => panel.total()).toBe(24);

  await panel.filter('Target', 'Mrk421');
  await expect.poll(() => panel.total()).toBe(4);
  await panel.chip('Mrk421').click();
  await expect.poll(() => panel.total()).toBe(24);

  await panel.root.getByLabel('Sort by').selectOption('Run');
  await panel.root.getByRole('button', { name: 'Sort ascending' }).click();
  await expect(panel.root.getByRole('button', { name: 'Sort descending' })).toBeVisible();
  await expect
    .poll(async () => {
      const runs = await panel.rows.locator('.jp-magicRucio-run').allInnerTexts();
      return runs.length > 3 && runs.every((run, i) => i === 0 || run > (runs[i - 1] ?? ''));
    })
    .toBe(true);

  await panel.search.fill('no such target');
  await expect(panel.root.getByText('No run matches.')).toBeVisible();
  await panel.root.getByRole('button', { name: 'Clear the filters' }).click();
  await expect.poll(() => panel.total()).toBe(24);
  await expect(panel.search).toHaveValue('');
});

test('shows all there is to know of a run, and picks datasets as a whole', async ({ lab }) => {
  const { panel } = lab;
  await panel.search.fill('Crab');
  await expect.poll(() => panel.total()).toBe(8);
  await panel.rows.first().dblclick();
  const details = panel.root.getByRole('region', { name: /^Details of run/ });
  await expect(details).toContainText('CrabNebula');
  await expect(details).toContainText('ORM-DL3');
  await expect(details).toContainText('EVENTS');
  await details.getByRole('button', { name: 'Close the details' }).click();
  await expect(details).toBeHidden();

  await panel.search.fill('');
  await panel.root.getByRole('tab', { name: 'Datasets' }).click();
  const dataset = panel.root.getByRole('listitem').filter({ hasText: 'demo/Mrk421' });
  await dataset.getByRole('button', { name: 'demo/Mrk421' }).click();
  await expect(panel.selection).toContainText('4 runs');
  await dataset.getByRole('button', { name: 'Runs', exact: true }).click();
  await expect.poll(() => panel.total()).toBe(4);
});
