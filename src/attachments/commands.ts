import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { AttachOutcome, IAttachments } from '../tokens';

export const CommandIDs = {
  refresh: 'jupyterlab-magic-rucio:refresh-attachment',
  rename: 'jupyterlab-magic-rucio:rename-attachment',
  detach: 'jupyterlab-magic-rucio:detach-attachment',
  undo: 'jupyterlab-magic-rucio:undo-attachment',
  openPanel: 'jupyterlab-magic-rucio:open-panel'
} as const;

const VARIABLE_ARGS = {
  type: 'object',
  properties: {
    variable: { type: 'string', description: 'Python variable of the attachment' },
    newVariable: { type: 'string', description: 'For renaming: the new variable' }
  },
  required: ['variable']
} as const;

/** Register what can be done with attachments, for the palette, the toolbar and other extensions. */
export function addCommands(
  commands: CommandRegistry,
  attachments: IAttachments,
  trans: TranslationBundle
): void {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const hasTarget = (): boolean => attachments.attachments.length > 0;
  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Attach Again'),
    caption: trans.__('Resolve the runs anew and attach them under the same name'),
    describedBy: { args: VARIABLE_ARGS },
    isEnabled: hasTarget,
    execute: async args => {
      tell(await attachments.refresh(await variableOf(text(args.variable), attachments, trans)));
    }
  });
  commands.addCommand(CommandIDs.rename, {
    label: trans.__('Rename Attachment…'),
    describedBy: { args: VARIABLE_ARGS },
    isEnabled: hasTarget,
    execute: async args => {
      const variable = await variableOf(text(args.variable), attachments, trans);
      const newVariable =
        text(args.newVariable) ||
        (
          await InputDialog.getText({
            title: trans.__('Rename %1', variable),
            label: trans.__('New variable'),
            text: variable
          })
        ).value;
      if (newVariable && newVariable !== variable) {
        tell(await attachments.rename(variable, newVariable));
      }
    }
  });
  commands.addCommand(CommandIDs.detach, {
    label: trans.__('Detach'),
    caption: trans.__('Remove the variable; nothing is deleted on disk'),
    describedBy: { args: VARIABLE_ARGS },
    isEnabled: hasTarget,
    execute: async args => {
      const variable = await variableOf(text(args.variable), attachments, trans);
      const outcome = await attachments.detach(variable);
      tell(outcome);
      if (outcome.state === 'attached') {
        Notification.info(trans.__('%1 is detached.', variable), {
          actions: [
            {
              label: trans.__('Undo'),
              callback: () => {
                void attachments.undo().then(tell);
              }
            }
          ]
        });
      }
    }
  });
  commands.addCommand(CommandIDs.undo, {
    label: trans.__('Undo Last Attach or Detach'),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: async () => {
      tell(await attachments.undo());
    }
  });
}

/** The variable given, or the only one, or the one the user picks. */
async function variableOf(
  given: string,
  attachments: IAttachments,
  trans: TranslationBundle
): Promise<string> {
  const variables = attachments.attachments.map(one => one.variable);
  if (given || variables.length < 2) {
    return given || (variables[0] ?? '');
  }
  const result = await InputDialog.getItem({
    title: trans.__('Which attachment?'),
    items: variables
  });
  return result.value ?? '';
}

function tell(outcome: AttachOutcome): void {
  if (outcome.state === 'failed') {
    Notification.error(`${outcome.message} ${outcome.advice}`.trim().slice(0, 140), {
      autoClose: 8000
    });
  }
}
