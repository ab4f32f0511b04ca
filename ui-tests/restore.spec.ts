import { expect, test } from './lab';

test('an attachment comes back after a restart, a reload and a killed kernel', async ({ lab }) => {
  const { panel, page } = lab;
  await panel.show('CrabNebula', 'at PIC');
  await panel.pick(2);
  await panel.main.click();
  await panel.attached('crab', 2);

  await test.step('restart', async () => {
    await lab.run('before = 1');
    const restarted = lab.command('kernelmenu:restart');
    await page.getByRole('dialog').getByRole('button', { name: 'Confirm Kernel Restart' }).click();
    await restarted;
    await expect(panel.attachment('crab')).toContainText('2 runs · attached');
    expect(await lab.run('print(len(crab), "before" in globals())')).toBe('2 False');
  });

  await test.step('reload of the page', async () => {
    await lab.reload();
    await expect(panel.attachment('crab')).toContainText('2 runs · attached');
    expect(await lab.run('print(len(crab))')).toBe('2');
  });

  await test.step('the kernel is killed', async () => {
    const pid = Number(await lab.run('import os; print(os.getpid())'));
    process.kill(pid, 'SIGKILL');
    await page.locator('.jp-Dialog .jp-mod-accept').click();
    await expect.poll(() => lab.kernelStatus()).toBe('idle');
    await expect(panel.attachment('crab')).toContainText('2 runs · attached');
    expect(await lab.run('print(len(crab), "os" in globals())')).toBe('2 False');
  });
});
