import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { attachmentsPlugin } from './attachments';
import { cataloguePlugin } from './panel';

const plugins: JupyterFrontEndPlugin<unknown>[] = [attachmentsPlugin, cataloguePlugin];

export default plugins;
