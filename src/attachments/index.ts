import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IConsoleTracker } from '@jupyterlab/console';
import { PathExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ApiClient } from '../api/client';
import { makeRequest } from '../api/request';
import { IAttachments } from '../tokens';
import { addCommands, CommandIDs } from './commands';
import { Consent } from './consent';
import { AttachContexts } from './contexts';
import { AttachDialogs } from './dialogs';
import { insertCode, newAnalysisNotebook } from './documents';
import { Restorer } from './restore';
import { AttachmentService } from './service';
import { addToolbarItem } from './toolbar';

/** Attaches runs to notebooks and consoles, and brings them back after a restart. */
export const attachmentsPlugin: JupyterFrontEndPlugin<IAttachments> = {
  id: 'jupyterlab-magic-rucio:attachments',
  description: 'Attaches MAGIC DL3 runs to the kernels of notebooks and consoles.',
  autoStart: true,
  provides: IAttachments,
  requires: [INotebookTracker, IDocumentManager],
  optional: [IConsoleTracker, IStateDB, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    documents: IDocumentManager,
    consoles: IConsoleTracker | null,
    state: IStateDB | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): IAttachments => {
    const trans = (translator ?? nullTranslator).load('jupyterlab-magic-rucio');
    const client = new ApiClient(makeRequest(app.serviceManager.serverSettings, () => null));
    const contexts = new AttachContexts(notebooks, consoles);
    const consent = new Consent(state);
    const service = new AttachmentService({
      client,
      contexts,
      consent,
      dialogs: new AttachDialogs(trans)
    });
    new Restorer(service, consent, trans, contexts);
    const attachments: IAttachments = Object.assign(service, {
      insertCode: (...args: Parameters<IAttachments['insertCode']>) =>
        insertCode(client, notebooks, ...args),
      newAnalysisNotebook: (selection: Parameters<IAttachments['newAnalysisNotebook']>[0]) =>
        newAnalysisNotebook(
          client,
          documents,
          selection,
          PathExt.dirname(notebooks.currentWidget?.context.path ?? '')
        )
    });
    contexts.added.connect((_, context) => {
      const panel = notebooks.find(one => one.id === context.id);
      if (panel instanceof NotebookPanel) {
        addToolbarItem(panel, context, app.commands, trans);
      }
    }, attachments);
    addCommands(app.commands, attachments, trans);
    for (const command of [
      CommandIDs.refresh,
      CommandIDs.rename,
      CommandIDs.detach,
      CommandIDs.undo
    ]) {
      palette?.addItem({ command, category: trans.__('MAGIC') });
    }
    void app.restored.then(() => {
      contexts.start();
    });
    return attachments;
  }
};
