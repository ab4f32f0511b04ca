import type {
  AttachPlanRequest,
  CodeCellRequest,
  DownloadRequest,
  KernelOperation,
  KernelRequest,
  ListDatasetsData,
  ListRunsData,
  GetFacetsData,
  ReplicationChange,
  ReplicationRequest,
  Selection,
  SignIn
} from './generated';
import * as schema from './generated/zod.gen';
import type { RequestFunction } from './request';

/** The API as functions; each answer is validated against the schema made from the server's models. */
export class ApiClient {
  constructor(private readonly request: RequestFunction) {}

  status = (signal?: AbortSignal) =>
    this.request({ path: 'status', answer: schema.zStatus, signal });
  signIn = (body: SignIn) =>
    this.request({ method: 'POST', path: 'session', body, answer: schema.zSession });
  signOut = () => this.request({ method: 'DELETE', path: 'session', answer: schema.zSession });

  runs = (query: ListRunsData['query'], signal?: AbortSignal) =>
    this.request({ path: 'runs', query, answer: schema.zRunPage, signal });
  run = (did: string, signal?: AbortSignal) =>
    this.request({ path: 'run', query: { did }, answer: schema.zRunDetail, signal });
  facets = (query: GetFacetsData['query'], signal?: AbortSignal) =>
    this.request({ path: 'facets', query, answer: schema.zFacets, signal });
  datasets = (query: ListDatasetsData['query'], signal?: AbortSignal) =>
    this.request({ path: 'datasets', query, answer: schema.zDatasetPage, signal });
  summary = (selection: Selection, signal?: AbortSignal) =>
    this.request({
      method: 'POST',
      path: 'selection/summary',
      body: { selection },
      answer: schema.zSelectionSummary,
      signal
    });
  check = (dids: string[], signal?: AbortSignal) =>
    this.request({
      method: 'POST',
      path: 'runs/check',
      body: { dids },
      answer: schema.zCheckReply,
      signal
    });
  sync = () =>
    this.request({ method: 'POST', path: 'catalogue/sync', answer: schema.zSyncStarted });

  previewReplication = (body: ReplicationRequest, signal?: AbortSignal) =>
    this.request({
      method: 'POST',
      path: 'replications/preview',
      body,
      answer: schema.zReplicationPreview,
      signal
    });
  startReplication = (body: ReplicationRequest) =>
    this.request({
      method: 'POST',
      path: 'replications',
      body,
      answer: schema.zReplicationStarted
    });
  replications = (signal?: AbortSignal) =>
    this.request({ path: 'replications', answer: schema.zReplicationList, signal });
  replication = (ruleId: string, signal?: AbortSignal) =>
    this.request({ path: `replications/${ruleId}`, answer: schema.zReplication, signal });
  replicationFiles = (ruleId: string, signal?: AbortSignal) =>
    this.request({
      path: `replications/${ruleId}/files`,
      answer: schema.zReplicationFiles,
      signal
    });
  changeReplication = (ruleId: string, body: ReplicationChange) =>
    this.request({
      method: 'PATCH',
      path: `replications/${ruleId}`,
      body,
      answer: schema.zReplication
    });
  cancelReplication = (ruleId: string) =>
    this.request({ method: 'DELETE', path: `replications/${ruleId}`, answer: schema.zReplication });

  planAttachment = (body: AttachPlanRequest, signal?: AbortSignal) =>
    this.request({
      method: 'POST',
      path: 'attachments/plan',
      body,
      answer: schema.zAttachPlan,
      signal
    });
  attachmentPaths = (body: AttachPlanRequest) =>
    this.request({ method: 'POST', path: 'attachments/paths', body, answer: schema.zAttachPaths });
  kernelCode = (body: KernelRequest) =>
    this.request({ method: 'POST', path: 'attachments/code', body, answer: schema.zKernelCode });
  kernelOperation = (body: KernelOperation) =>
    this.request({
      method: 'POST',
      path: 'attachments/operation',
      body,
      answer: schema.zKernelCode
    });
  codeCell = (body: CodeCellRequest) =>
    this.request({ method: 'POST', path: 'attachments/cell', body, answer: schema.zCodeCell });
  analysisNotebook = (body: CodeCellRequest) =>
    this.request({
      method: 'POST',
      path: 'attachments/notebook',
      body,
      answer: schema.zNotebookDocument
    });

  startDownload = (body: DownloadRequest) =>
    this.request({ method: 'POST', path: 'downloads', body, answer: schema.zDownload });
  download = (id: string, signal?: AbortSignal) =>
    this.request({ path: `downloads/${id}`, answer: schema.zDownload, signal });
  cancelDownload = (id: string) =>
    this.request({ method: 'DELETE', path: `downloads/${id}`, answer: schema.zDownload });
  cacheUse = () => this.request({ path: 'cache', answer: schema.zCacheUse });
}
