import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IRecordStore } from './context';
import { METADATA_KEY, readRecords, writeRecords, type AttachmentRecord } from './record';

/** Remembers attachments in the metadata of a notebook. */
export class NotebookStore implements IRecordStore {
  constructor(private readonly panel: NotebookPanel) {}

  read(): AttachmentRecord[] {
    return readRecords(this.panel.model?.getMetadata(METADATA_KEY));
  }

  write(records: AttachmentRecord[]): void {
    const metadata = writeRecords(records);
    if (metadata) {
      this.panel.model?.setMetadata(METADATA_KEY, metadata);
    } else {
      this.panel.model?.deleteMetadata(METADATA_KEY);
    }
  }
}

/** Remembers attachments while a console is open: a console has no file. */
export class MemoryStore implements IRecordStore {
  private records: AttachmentRecord[] = [];

  read(): AttachmentRecord[] {
    return this.records;
  }

  write(records: AttachmentRecord[]): void {
    this.records = records;
  }
}
