import { expect, test } from './lab';

test("another's notebook puts nothing into a kernel unasked", async ({ lab, notebook }) => {
  const { panel } = lab;
  await panel.show('CrabNebula', 'at PIC');
  const did = (await panel.rows.first().getAttribute('data-did')) ?? '';
  const record = {
    key: '00000000-0000-4000-8000-000000000000',
    variable: 'crab',
    selection: { kind: 'dids', dids: [did] },
    runs: 1
  };
  const theirs = `theirs-${notebook}`;
  await lab.write(theirs, { magic_rucio: { version: 1, attachments: [record] } });
  await lab.also(theirs);
  await expect(panel.attachment('crab')).toContainText('waits for your consent');
  expect(await lab.run("print('crab' in globals())")).toBe('False');
  await panel.attachment('crab').getByRole('button', { name: 'Attach', exact: true }).click();
  await expect(panel.attachment('crab')).toContainText('1 run · attached');
  expect(await lab.run('print(len(crab))')).toBe('1');

  const hostile = `hostile-${notebook}`;
  await lab.write(hostile, {
    magic_rucio: {
      version: 1,
      attachments: [
        { ...record, variable: "__import__('os').system('true')" },
        { ...record, variable: '<img src=x onerror=alert(1)>' },
        { ...record, key: 3, selection: ['/etc/passwd'] }
      ]
    }
  });
  await lab.also(hostile);
  expect(await lab.run("print([n for n in dir() if 'crab' in n])")).toBe('[]');
  await expect(panel.root.locator('.jp-magicRucio-item code')).toHaveCount(0);
});

test('two notebooks on one kernel keep their attachments apart', async ({ lab, notebook }) => {
  const { panel, page } = lab;
  await panel.show('CrabNebula', 'at PIC');
  await panel.pick(2);
  await panel.main.click();
  await panel.attached('crab', 2);
  await lab.command('docmanager:save');

  const second = `second-${notebook}`;
  await lab.write(second);
  const [first] = (await (await page.request.get('api/sessions')).json()) as {
    kernel: { id: string };
  }[];
  await page.request.post('api/sessions', {
    data: { path: second, name: second, type: 'notebook', kernel: { id: first?.kernel.id } }
  });
  await lab.also(second);
  await expect(panel.main).toContainText(second);
  await panel.chip('CrabNebula').click();
  await panel.filter('Target', 'Mrk501');
  await panel.pick(2);
  await panel.main.click();
  await panel.attached('mrk501', 2);
  expect(await lab.run('print(len(crab), len(mrk501))')).toBe('2 2');
  await expect(panel.attachment('crab')).toBeHidden();

  const restarted = lab.command('kernelmenu:restart');
  await page.getByRole('dialog').getByRole('button', { name: 'Confirm Kernel Restart' }).click();
  await restarted;
  await expect(panel.attachment('mrk501')).toContainText('2 runs · attached');
  await expect.poll(() => lab.run("print('crab' in globals())")).toBe('True');
});

test('while a cell runs the runs wait, then they are attached', async ({ lab }) => {
  const { panel } = lab;
  await panel.show('CrabNebula', 'at PIC');
  await panel.pick(2);
  const cell = lab.run('import time; time.sleep(6); print("crab" in globals())');
  await expect.poll(() => lab.kernelStatus()).toBe('busy');
  await panel.main.click();
  await expect(panel.attachment('crab')).toContainText('waits for the kernel');
  expect(await cell).toBe('False');
  await panel.attached('crab', 2);
  expect(await lab.run('print(len(crab))')).toBe('2');
});
