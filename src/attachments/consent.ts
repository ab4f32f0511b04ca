import type { IStateDB } from '@jupyterlab/statedb';
import type { AttachmentRecord } from './record';
import { consentKey } from './record';

const STATE_KEY = 'jupyterlab-magic-rucio:consent';

/** So many are remembered; the oldest go first. */
const MOST = 2000;

/**
 * Remembers which attachments this user made or agreed to.
 *
 * A notebook's metadata may come from anybody: what is not remembered here is not put into a kernel unasked.
 */
export class Consent {
  private given: Promise<Set<string>> | null = null;

  constructor(private readonly state: IStateDB | null) {}

  async has(record: AttachmentRecord): Promise<boolean> {
    const key = await consentKey(record);
    return key !== null && (await this.load()).has(key);
  }

  async give(record: AttachmentRecord): Promise<void> {
    const key = await consentKey(record);
    if (key === null) {
      return;
    }
    const given = await this.load();
    given.delete(key);
    given.add(key);
    await this.state?.save(STATE_KEY, [...given].slice(-MOST));
  }

  private load(): Promise<Set<string>> {
    this.given ??= this.read();
    return this.given;
  }

  private async read(): Promise<Set<string>> {
    const value = await this.state?.fetch(STATE_KEY);
    return new Set(Array.isArray(value) ? value.filter(item => typeof item === 'string') : []);
  }
}
