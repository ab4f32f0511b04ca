import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { ApiClient } from '../api/client';
import type { RunFilter } from '../api/generated';
import { makeRequest } from '../api/request';
import { IAttachments, ICatalogue } from '../tokens';
import { magicIcon } from './icon';
import { PanelWidget } from './widget';

export const CommandIDs = {
  openPanel: 'jupyterlab-magic-rucio:open-panel',
  openMain: 'jupyterlab-magic-rucio:open-main-area',
  filter: 'jupyterlab-magic-rucio:filter-runs',
  attach: 'jupyterlab-magic-rucio:attach-selection',
  insertCode: 'jupyterlab-magic-rucio:insert-code',
  newNotebook: 'jupyterlab-magic-rucio:new-analysis-notebook'
} as const;

/** Keep in step with `PANEL` in magic_rucio/demo/jupyter.py, which opens it. */
const PANEL_ID = 'jupyterlab-magic-rucio-panel';

const NO_ARGS = { args: { type: 'object', properties: {} } } as const;

/** The panel of DL3 runs, in the left sidebar and as a tab of the main area. */
export const cataloguePlugin: JupyterFrontEndPlugin<ICatalogue> = {
  id: 'jupyterlab-magic-rucio:catalogue',
  description: 'The panel of MAGIC DL3 runs known to Rucio.',
  autoStart: true,
  provides: ICatalogue,
  optional: [
    IAttachments,
    ILayoutRestorer,
    ISettingRegistry,
    ITranslator,
    ICommandPalette,
    ILabShell
  ],
  activate: (
    app: JupyterFrontEnd,
    attachments: IAttachments | null,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    labShell: ILabShell | null
  ): ICatalogue => {
    const trans = (translator ?? nullTranslator).load('jupyterlab-magic-rucio');
    const { commands, shell } = app;
    const make = (id: string, inMain: boolean): PanelWidget =>
      new PanelWidget({
        id,
        makeClient: instance =>
          new ApiClient(makeRequest(app.serviceManager.serverSettings, instance)),
        trans,
        attachments,
        commands,
        onSettings: () => {
          void commands.execute('settingeditor:open', { query: trans.__('MAGIC') });
        },
        onOpenMain: inMain ? null : () => void commands.execute(CommandIDs.openMain)
      });
    const panel = make(PANEL_ID, false);
    panel.title.icon = magicIcon;
    panel.title.caption = trans.__('MAGIC DL3 runs');
    shell.add(panel, 'left', { rank: 520, type: 'MAGIC' });
    restorer?.add(panel, PANEL_ID);

    const tracker = new WidgetTracker<MainAreaWidget<PanelWidget>>({ namespace: PANEL_ID });
    const openMain = (): void => {
      const shown = tracker.currentWidget;
      if (shown) {
        shell.activateById(shown.id);
        return;
      }
      const content = make(`${PANEL_ID}-wide`, true);
      const widget = new MainAreaWidget({ content });
      widget.id = `${PANEL_ID}-main`;
      widget.title.icon = magicIcon;
      widget.title.label = trans.__('MAGIC DL3');
      shell.add(widget, 'main');
      void tracker.add(widget);
      shell.activateById(widget.id);
    };
    if (restorer) {
      void restorer.restore(tracker, { command: CommandIDs.openMain, name: () => 'main' });
    }

    const show = (filter?: RunFilter): Promise<void> => {
      shell.activateById(panel.id);
      if (filter) {
        panel.ask(filter);
      }
      return Promise.resolve();
    };
    commands.addCommand(CommandIDs.openPanel, {
      label: trans.__('Show MAGIC DL3 Runs'),
      icon: magicIcon,
      describedBy: NO_ARGS,
      execute: () => show()
    });
    commands.addCommand(CommandIDs.openMain, {
      label: trans.__('Open MAGIC DL3 Runs in the Main Area'),
      icon: magicIcon,
      describedBy: NO_ARGS,
      execute: openMain
    });
    commands.addCommand(CommandIDs.filter, {
      label: trans.__('Show MAGIC DL3 Runs That Match'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            text: { type: 'string', description: 'Words in target, run, night or DID' },
            dataset: { type: 'string', description: 'A dataset as scope:name' },
            night: { type: 'string', description: 'A night as YYYY-MM-DD' },
            run: { type: 'integer', description: 'A run number (OBS_ID)' }
          }
        }
      },
      execute: args => show(filterOf(args))
    });
    const onSelection = (
      id: string,
      label: string,
      action: (() => Promise<unknown>) | null
    ): void => {
      commands.addCommand(id, {
        label,
        describedBy: NO_ARGS,
        isEnabled: () => action !== null && panel.selection !== null,
        execute: () => action?.()
      });
      palette?.addItem({ command: id, category: trans.__('MAGIC') });
    };
    onSelection(
      CommandIDs.attach,
      trans.__('Attach the Selected Runs'),
      attachments && (async () => panel.selection && attachments.attach(panel.selection))
    );
    onSelection(
      CommandIDs.insertCode,
      trans.__('Insert Code for the Selected Runs'),
      attachments && (async () => panel.selection && attachments.insertCode(panel.selection))
    );
    onSelection(
      CommandIDs.newNotebook,
      trans.__('New Analysis Notebook of the Selected Runs'),
      attachments &&
        (async () => panel.selection && attachments.newAnalysisNotebook(panel.selection))
    );
    for (const command of [CommandIDs.openPanel, CommandIDs.openMain]) {
      palette?.addItem({ command, category: trans.__('MAGIC') });
    }
    void openAtFirst(settings, labShell, panel);
    return {
      get selection() {
        return panel.selection;
      },
      selectionChanged: panel.selectionChanged,
      show: filter => show(filter && filterOf(filter))
    };
  }
};

/** Show the panel where the settings ask for it and no layout was restored. */
async function openAtFirst(
  settings: ISettingRegistry | null,
  labShell: ILabShell | null,
  panel: PanelWidget
): Promise<void> {
  const loaded = await settings?.load('jupyterlab-magic-rucio:catalogue');
  if (labShell && loaded?.composite['openAtStart'] === true) {
    await labShell.restored;
    labShell.activateById(panel.id);
  }
}

function filterOf(
  args:
    ReadonlyPartialJSONObject | { text?: string; dataset?: string; night?: string; run?: number }
): RunFilter {
  const { text, dataset, night, run } = args as Record<string, unknown>;
  const filter: RunFilter = {};
  if (typeof text === 'string') {
    filter.text = text;
  }
  if (typeof dataset === 'string') {
    filter.dataset = dataset;
  }
  if (typeof night === 'string') {
    filter.night_from = night;
    filter.night_to = night;
  }
  if (typeof run === 'number') {
    filter.runs = [run];
  }
  return filter;
}
