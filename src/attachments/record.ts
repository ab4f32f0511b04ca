import * as z from 'zod/mini';
import type { Selection } from '../api/generated';
import { zSelection } from '../api/generated/zod.gen';

/** Key of the notebook's metadata. */
export const METADATA_KEY = 'magic_rucio';

const VERSION = 1;

/** A selection of more DIDs is kept as the filter or dataset it came from: notebooks stay small. */
export const MOST_DIDS = 5000;

const zRecord = z.object({
  /** Tells this attachment from another notebook's of the same name on the same kernel. */
  key: z.string().check(z.regex(/^[0-9a-f-]{8,64}$/)),
  variable: z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/)),
  selection: zSelection,
  mode: z.optional(z.enum(['replica', 'download'])),
  duplicates: z.optional(z.enum(['refuse', 'newest', 'first'])),
  partial: z.optional(z.boolean()),
  runs: z.int().check(z.nonnegative()),
  digest: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/)))
});

const zMetadata = z.object({
  version: z.literal(VERSION),
  attachments: z.array(zRecord).check(z.maxLength(100))
});

/** One attachment as a notebook remembers it: DIDs and a name, never a path, never a token. */
export type AttachmentRecord = z.infer<typeof zRecord>;

/** Read the attachments from a notebook's metadata, which anybody may have written. */
export function readRecords(metadata: unknown): AttachmentRecord[] {
  const parsed = zMetadata.safeParse(metadata);
  if (!parsed.success) {
    return [];
  }
  const seen = new Set<string>();
  return parsed.data.attachments.filter(record => {
    const isNew = !seen.has(record.variable);
    seen.add(record.variable);
    return isNew;
  });
}

/** Write attachments as metadata; null where the key should be removed. */
export function writeRecords(records: readonly AttachmentRecord[]): object | null {
  return records.length ? { version: VERSION, attachments: records } : null;
}

/** Add a record, in the place of one of the same variable. */
export function withRecord(
  records: readonly AttachmentRecord[],
  record: AttachmentRecord
): AttachmentRecord[] {
  const index = records.findIndex(other => other.variable === record.variable);
  return index < 0
    ? [...records, record]
    : records.map((other, i) => (i === index ? record : other));
}

/** Leave a record out. */
export function withoutRecord(
  records: readonly AttachmentRecord[],
  variable: string
): AttachmentRecord[] {
  return records.filter(record => record.variable !== variable);
}

/** Choose what to remember of a selection: the runs themselves while they are not too many. */
export function selectionToKeep(selection: Selection, dids: readonly string[]): Selection {
  if (selection.kind === 'dataset' || dids.length === 0 || dids.length > MOST_DIDS) {
    return selection;
  }
  return { kind: 'dids', dids: [...dids] };
}

/**
 * A text that stands for what a record asks for, to remember the user's consent by.
 *
 * @returns null where the browser gives no cryptography (plain http): then the user is always asked.
 */
export async function consentKey(record: AttachmentRecord): Promise<string | null> {
  if (!window.isSecureContext) {
    return null;
  }
  const text = JSON.stringify([record.variable, record.selection, record.mode ?? null]);
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), byte => byte.toString(16).padStart(2, '0')).join('');
}
