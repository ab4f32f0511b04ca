import { expect, test } from './lab';

test('a variable of the user is kept, or put back after it was replaced', async ({ lab }) => {
  const { panel, page } = lab;
  await lab.run('crab = 5');
  await panel.show('CrabNebula', 'at PIC');
  await panel.pick(2);
  await panel.main.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Choose another name' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('nebula');
  await page.getByRole('dialog').getByRole('button', { name: 'Attach' }).click();
  await panel.attached('nebula', 2);
  expect(await lab.run('print(crab, len(nebula))')).toBe('5 2');

  await panel.main.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replace it' }).click();
  await panel.attached('crab', 2);
  expect(await lab.run('print(len(crab))')).toBe('2');
  await lab.command('jupyterlab-magic-rucio:undo-attachment');
  await expect(panel.attachment('crab')).toBeHidden();
  expect(await lab.run('print(crab)')).toBe('5');
});
