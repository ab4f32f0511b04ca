import { ToolbarButton } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Menu } from '@lumino/widgets';
import type { CommandRegistry } from '@lumino/commands';
import type { AttachContext } from './context';
import { CommandIDs } from './commands';

/** The notebook's toolbar item: how many attachments, in what state, and a menu of what to do with them. */
export function addToolbarItem(
  panel: NotebookPanel,
  context: AttachContext,
  commands: CommandRegistry,
  trans: TranslationBundle
): void {
  const button = new ToolbarButton({
    className: 'jp-magicRucio-toolbar',
    label: trans.__('MAGIC'),
    tooltip: trans.__('MAGIC runs attached to this notebook'),
    onClick: () => {
      openMenu(button, context, commands, trans);
    }
  });
  const update = (): void => {
    const { attachments } = context;
    const failing = attachments.some(
      one => one.state === 'failed' || one.state === 'needs-consent'
    );
    button.node.dataset.state = failing ? 'attention' : attachments.length ? 'attached' : 'none';
    const label = attachments.length
      ? trans.__('MAGIC %1', String(attachments.length))
      : trans.__('MAGIC');
    const target = button.node.querySelector('.jp-ToolbarButtonComponent-label');
    if (target) {
      target.textContent = label;
    }
  };
  context.changed.connect(update, button);
  panel.toolbar.insertBefore('kernelName', 'magicRucio', button);
  update();
}

function openMenu(
  button: ToolbarButton,
  context: AttachContext,
  commands: CommandRegistry,
  trans: TranslationBundle
): void {
  const menu = new Menu({ commands });
  for (const { variable, runs, missing, state } of context.attachments) {
    const submenu = new Menu({ commands });
    submenu.title.label = trans.__(
      '%1: %2 runs, %3',
      variable,
      String(runs),
      missing ? trans.__('%1 missing', String(missing)) : state
    );
    for (const command of [CommandIDs.refresh, CommandIDs.rename, CommandIDs.detach]) {
      submenu.addItem({ command, args: { variable } });
    }
    menu.addItem({ type: 'submenu', submenu });
  }
  if (context.attachments.length > 0) {
    menu.addItem({ type: 'separator' });
  }
  menu.addItem({ command: CommandIDs.undo });
  menu.addItem({ command: CommandIDs.openPanel });
  menu.aboutToClose.connect(() => {
    // Later: the command of the item that closes the menu runs first.
    requestAnimationFrame(() => {
      menu.dispose();
    });
  }, menu);
  const box = button.node.getBoundingClientRect();
  menu.open(box.left, box.bottom);
}
