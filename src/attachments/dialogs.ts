import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { isPythonName } from './python-name';

export type NameChoice =
  { kind: 'cancel' } | { kind: 'replace' } | { kind: 'rename'; variable: string };

/** Questions to the user; apart, so that the service is tested without a screen. */
export interface IAttachDialogs {
  nameTaken(variable: string, message: string): Promise<NameChoice>;
}

export class AttachDialogs implements IAttachDialogs {
  constructor(private readonly trans: TranslationBundle) {}

  async nameTaken(variable: string, message: string): Promise<NameChoice> {
    const result = await showDialog({
      title: this.trans.__('The variable %1 is in use', variable),
      body: this.trans.__('%1 Replacing it can be undone from the panel.', message),
      buttons: [
        Dialog.cancelButton({ label: this.trans.__('Cancel') }),
        Dialog.warnButton({ label: this.trans.__('Replace it') }),
        Dialog.okButton({ label: this.trans.__('Choose another name…') })
      ]
    });
    if (!result.button.accept) {
      return { kind: 'cancel' };
    }
    return result.button.displayType === 'warn' ? { kind: 'replace' } : this.askName(variable);
  }

  /** Ask for a variable until it is one, or the user gives up. */
  async askName(proposed: string): Promise<NameChoice> {
    let label = this.trans.__('Variable');
    for (;;) {
      const result = await InputDialog.getText({
        title: this.trans.__('Name of the attachment'),
        label,
        text: `${proposed}_2`,
        okLabel: this.trans.__('Attach')
      });
      if (!result.button.accept || result.value === null) {
        return { kind: 'cancel' };
      }
      if (isPythonName(result.value)) {
        return { kind: 'rename', variable: result.value };
      }
      label = this.trans.__(
        '%1 is not a free Python name: letters, digits and _ only',
        result.value
      );
    }
  }
}
