import { expect, test } from './lab';

test('one click brings a run to PIC and attaches it; a reload still shows the replication', async ({
  lab
}) => {
  const { panel } = lab;
  await panel.filter('At ', 'elsewhere');
  await panel.pick(1);
  const did = (await panel.rows.first().getAttribute('data-did')) ?? '';
  const variable = await panel.proposedVariable();
  await expect(panel.selection).toContainText('Replicates 1 run to PIC-DCACHE first.');
  await panel.main.click();
  await expect(panel.flow.getByRole('progressbar', { name: 'Replication' })).toBeVisible();
  await panel.attached(variable, 1);
  expect(await lab.run(`print(len(${variable}))`)).toBe('1');

  await panel.chip('elsewhere').click();
  await expect(panel.row(did)).toContainText('at PIC');
  await lab.reload();
  await panel.openReplications();
  await expect(panel.replications.first()).toContainText('there');
  await expect(panel.replications.first()).toContainText('1 of 1 runs');
});
