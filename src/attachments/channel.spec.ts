import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KernelChannelError, runInKernel } from './channel';

type Content = Partial<KernelMessage.IExecuteReplyMsg['content']>;

const CODE = {
  request_id: 'r',
  steps: [{ code: 'c', expression: 'e' }],
  attached: 1,
  missing: [],
  missing_total: 0,
  dids: [],
  digest: ''
};

const OK: Content = {
  status: 'ok',
  user_expressions: {
    magic_rucio: { status: 'ok', data: { 'application/json': { id: 'r', ok: true } }, metadata: {} }
  }
};

/** The edge of the process: a connection that answers what a test tells it to. */
class ScriptedKernel {
  status: Kernel.Status = 'idle';
  isDisposed = false;
  requests: KernelMessage.IExecuteRequestMsg['content'][] = [];
  readonly statusChanged = new Signal<this, Kernel.Status>(this);
  readonly disposed = new Signal<this, void>(this);
  futures: {
    done: PromiseWithResolver;
    onIOPub: (message: unknown) => void;
    dispose: () => void;
  }[] = [];

  requestExecute(content: KernelMessage.IExecuteRequestMsg['content']) {
    this.requests.push(content);
    const done = withResolver();
    const future = { done: done.promise, onIOPub: () => undefined, dispose: () => undefined };
    this.futures.push({
      done,
      onIOPub: message => {
        (future.onIOPub as (message: unknown) => void)(message);
      },
      dispose: future.dispose
    });
    return future;
  }

  get connection(): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }

  change(status: Kernel.Status): void {
    this.status = status;
    this.statusChanged.emit(status);
  }

  begin(): void {
    this.futures
      .at(-1)
      ?.onIOPub({ header: { msg_type: 'status' }, content: { execution_state: 'busy' } });
  }

  answer(content: Content): void {
    this.futures.at(-1)?.done.resolve({ content });
  }
}

interface PromiseWithResolver {
  promise: Promise<unknown>;
  resolve: (value: unknown) => void;
}

function withResolver(): PromiseWithResolver {
  let resolve: (value: unknown) => void = () => undefined;
  const promise = new Promise(r => {
    resolve = r;
  });
  return { promise, resolve };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof KernelChannelError ? error.code : 'another error')
  );

describe('the kernel channel', () => {
  let kernel: ScriptedKernel;
  const run = (isCurrent = () => true, onQueued?: () => void) =>
    runInKernel(kernel.connection, CODE, { isCurrent, onQueued });

  beforeEach(() => {
    vi.useFakeTimers();
    kernel = new ScriptedKernel();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('runs silently and returns the reply', async () => {
    const reply = run();
    kernel.answer(OK);
    expect((await reply).ok).toBe(true);
    expect(kernel.requests[0]).toMatchObject({
      silent: true,
      store_history: false,
      allow_stdin: false,
      stop_on_error: false
    });
  });

  it('gives up on an idle kernel that does not begin', async () => {
    const code = codeOf(run());
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await code).toBe('no-answer');
  });

  it('waits behind a busy kernel for as long as it takes, and says so', async () => {
    kernel.change('busy');
    const queued = vi.fn();
    const reply = run(() => true, queued);
    await vi.advanceTimersByTimeAsync(3_600_000);
    kernel.begin();
    kernel.answer(OK);
    expect((await reply).ok).toBe(true);
    expect(queued).toHaveBeenCalledOnce();
  });

  it('gives up on our own code after a minute', async () => {
    const code = codeOf(run());
    kernel.begin();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await code).toBe('timeout');
  });

  it('sends again what a failing cell aborted, a few times', async () => {
    const reply = run();
    kernel.answer({ status: 'aborted' });
    await vi.advanceTimersByTimeAsync(2000);
    expect(kernel.requests).toHaveLength(2);
    kernel.answer(OK);
    expect((await reply).ok).toBe(true);
  });

  it('drops an answer that comes after a restart', async () => {
    let current = true;
    const code = codeOf(run(() => current));
    current = false;
    kernel.answer(OK);
    expect(await code).toBe('superseded');
  });

  it.each(['autorestarting', 'restarting'] as const)('ends when the kernel is %s', async status => {
    const code = codeOf(run());
    kernel.change(status);
    expect(await code).toBe('superseded');
  });

  it('ends when the kernel is dead', async () => {
    const code = codeOf(run());
    kernel.change('dead');
    expect(await code).toBe('dead');
  });

  it('does not believe a reply of another form', async () => {
    const code = codeOf(run());
    kernel.answer({ status: 'ok', user_expressions: {} });
    expect(await code).toBe('unreadable');
  });
});
