import { expect, test } from './lab';

const LENGTHS = 'print(len(crab), len(crab.data_store.obs_table))';

/** The names a user sees, without IPython's own. */
const NAMES = `print([n for n in dir() if not n.startswith('_') and n not in
    ('In', 'Out', 'exit', 'quit', 'get_ipython', 'open')])`;

test('attaches runs that are at PIC, and leaves one variable and nothing else', async ({ lab }) => {
  const { panel } = lab;
  await panel.show('CrabNebula', 'at PIC');
  await panel.pick(3);
  await panel.main.click();
  await panel.attached('crab', 3);
  expect(await lab.run(LENGTHS)).toBe('3 3');
  expect(await lab.run(NAMES)).toBe("['crab']");
  expect(await lab.run('print(type(crab.observations()[0].events.table).__name__)')).toBe('Table');
  await expect(panel.attachment('crab')).toContainText('3 runs · attached');

  await panel.attachment('crab').getByRole('button', { name: 'Detach' }).click();
  await expect(panel.attachment('crab')).toBeHidden();
  expect(await lab.run('crab')).toContain('not defined');
});
