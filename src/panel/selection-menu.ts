import type { TranslationBundle } from '@jupyterlab/translation';
import { MenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';

/** What the menu of the selection can do; the panel says how. */
export interface ISelectionActions {
  rename: () => void;
  replicate: () => void;
  attachPresent: () => void;
  download: () => void;
  insertCode: (() => void) | null;
  newNotebook: (() => void) | null;
  copyDids: () => void;
  copyPaths: () => void;
}

/** The menu beside the main action; it disposes of itself when it closes. */
export function selectionMenu(trans: TranslationBundle, actions: ISelectionActions): MenuSvg {
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  const add = (id: string, label: string, action: (() => void) | null): void => {
    commands.addCommand(`jupyterlab-magic-rucio:selection-${id}`, {
      label,
      isEnabled: () => action !== null,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        action?.();
      }
    });
    menu.addItem({ command: `jupyterlab-magic-rucio:selection-${id}` });
  };
  add('rename', trans.__('Choose the Variable…'), actions.rename);
  add('attach-present', trans.__('Attach What Is There Now'), actions.attachPresent);
  menu.addItem({ type: 'separator' });
  add('replicate', trans.__('Replicate…'), actions.replicate);
  add('download', trans.__('Download and Attach'), actions.download);
  menu.addItem({ type: 'separator' });
  add('insert-code', trans.__('Insert Code'), actions.insertCode);
  add('new-notebook', trans.__('New Analysis Notebook'), actions.newNotebook);
  add('copy-dids', trans.__('Copy DIDs'), actions.copyDids);
  add('copy-paths', trans.__('Copy Paths'), actions.copyPaths);
  menu.aboutToClose.connect(() => {
    // Later: the command of the item that closes the menu runs first.
    requestAnimationFrame(() => {
      menu.dispose();
    });
  }, menu);
  return menu;
}
