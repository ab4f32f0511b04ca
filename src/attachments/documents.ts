import type { IDocumentManager } from '@jupyterlab/docmanager';
import { NotebookActions, type INotebookTracker } from '@jupyterlab/notebook';
import type { ApiClient } from '../api/client';
import type { Selection } from '../api/generated';

/** Insert a cell that attaches by DID below the active one of the current notebook. */
export async function insertCode(
  client: ApiClient,
  notebooks: INotebookTracker,
  selection: Selection,
  variable?: string
): Promise<void> {
  const panel = notebooks.currentWidget;
  if (!panel) {
    throw new Error('no notebook');
  }
  const name = variable ?? (await client.summary(selection)).proposed_variable;
  const { source } = await client.codeCell({ selection, variable: name });
  await panel.context.ready;
  NotebookActions.insertBelow(panel.content);
  NotebookActions.changeCellType(panel.content, 'code');
  panel.content.activeCell?.model.sharedModel.setSource(source);
}

/**
 * Save a whole analysis of the selection as a new notebook and open it.
 *
 * @param folder - Where it is saved, relative to the server's root.
 */
export async function newAnalysisNotebook(
  client: ApiClient,
  documents: IDocumentManager,
  selection: Selection,
  folder: string
): Promise<void> {
  const { proposed_variable } = await client.summary(selection);
  const { file_name, content } = await client.analysisNotebook({
    selection,
    variable: proposed_variable
  });
  const { contents } = documents.services;
  // An untitled file is made first: the server finds a free name, nothing is overwritten.
  const untitled = await contents.newUntitled({ path: folder, type: 'notebook' });
  const path = await rename(contents, untitled.path, folder, file_name);
  await contents.save(path, {
    type: 'notebook',
    format: 'json',
    content: JSON.parse(content) as unknown
  });
  documents.openOrReveal(path);
}

async function rename(
  contents: IDocumentManager['services']['contents'],
  untitled: string,
  folder: string,
  fileName: string
): Promise<string> {
  const stem = fileName.replace(/\.ipynb$/, '');
  for (let number = 0; number < 100; number++) {
    const name = number === 0 ? `${stem}.ipynb` : `${stem}-${number}.ipynb`;
    try {
      return (await contents.rename(untitled, folder ? `${folder}/${name}` : name)).path;
    } catch {
      // The name is taken: the next one.
    }
  }
  return untitled;
}
