import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type * as z from 'zod/mini';
import type { KernelCode, KernelStep } from '../api/generated';
import { zKernelReply } from '../api/generated/zod.gen';
import { parseReply } from './reply';

/** A reply that has passed its schema. */
export type KernelReply = z.infer<typeof zKernelReply>;

/** How long our own code may run once the kernel has begun with it. */
const RUN_TIMEOUT_MS = 60_000;

/** How long an idle kernel may take to begin: beyond it the connection is taken for lost. */
const BEGIN_TIMEOUT_MS = 15_000;

/** A failing cell of the user's aborts what is queued behind it: the request is sent again. */
const ATTEMPTS = 4;

const EXPRESSION = 'magic_rucio';

/** Why a kernel gave no usable answer. */
export class KernelChannelError extends Error {
  constructor(
    readonly code:
      'timeout' | 'no-answer' | 'aborted' | 'dead' | 'unreadable' | 'superseded' | 'raised',
    message: string
  ) {
    super(message);
    this.name = 'KernelChannelError';
  }
}

export interface IRunOptions {
  /** Checked after each wait: false drops a late answer, for example after a restart. */
  isCurrent: () => boolean;
  onQueued?: () => void;
}

/**
 * Run the steps silently: no history, no execution count, no trace in the user's namespace.
 *
 * @returns the reply of the last step, or of the first that refused.
 * @throws KernelChannelError
 */
export async function runInKernel(
  kernel: Kernel.IKernelConnection,
  code: KernelCode,
  options: IRunOptions
): Promise<KernelReply> {
  let reply: KernelReply | null = null;
  for (const step of code.steps) {
    reply = await runStep(kernel, step, options);
    if (!reply.ok) {
      return reply;
    }
  }
  if (!reply) {
    throw new KernelChannelError('unreadable', 'There was nothing to run.');
  }
  return reply;
}

async function runStep(
  kernel: Kernel.IKernelConnection,
  step: KernelStep,
  options: IRunOptions
): Promise<KernelReply> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const content = await execute(kernel, step, options);
    if (!options.isCurrent()) {
      throw new KernelChannelError('superseded', 'The kernel has changed meanwhile.');
    }
    if (content.status === 'aborted') {
      await pause(100 * 2 ** attempt * (1 + Math.random()));
      continue;
    }
    const parsed = zKernelReply.safeParse(parseReply(content, EXPRESSION));
    if (!parsed.success) {
      throw new KernelChannelError(
        content.status === 'error' ? 'raised' : 'unreadable',
        "The kernel's answer cannot be read."
      );
    }
    return parsed.data;
  }
  throw new KernelChannelError('aborted', 'Cells that failed kept the kernel from answering.');
}

async function execute(
  kernel: Kernel.IKernelConnection,
  step: KernelStep,
  options: IRunOptions
): Promise<KernelMessage.IExecuteReplyMsg['content']> {
  if (kernel.status === 'dead' || kernel.isDisposed) {
    throw new KernelChannelError('dead', 'The kernel has ended.');
  }
  if (kernel.status === 'busy') {
    options.onQueued?.();
  }
  const future = kernel.requestExecute(
    {
      code: step.code,
      silent: true,
      store_history: false,
      allow_stdin: false,
      stop_on_error: false,
      user_expressions: { [EXPRESSION]: step.expression }
    },
    true
  );
  const limit = new BeginAndRunLimit(kernel);
  future.onIOPub = message => {
    const content = message.content as { execution_state?: string };
    if (message.header.msg_type === 'status' && content.execution_state === 'busy') {
      limit.begun();
    }
  };
  try {
    const reply = await Promise.race([future.done, limit.exceeded]);
    return reply.content;
  } catch (error) {
    if (error instanceof KernelChannelError) {
      throw error;
    }
    // A future is cancelled when its kernel restarts, ends or is let go.
    throw new KernelChannelError('superseded', 'The kernel was restarted or ended meanwhile.');
  } finally {
    limit.dispose();
    future.dispose();
  }
}

/** Two clocks: one for an idle kernel to begin, one for our code to end; a busy kernel may take for ever. */
class BeginAndRunLimit {
  readonly exceeded: Promise<never>;
  private reject!: (reason: KernelChannelError) => void;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private hasBegun = false;

  constructor(private readonly kernel: Kernel.IKernelConnection) {
    this.exceeded = new Promise((_, reject) => {
      this.reject = reject;
    });
    // Unobserved when the answer wins the race.
    this.exceeded.catch(() => undefined);
    kernel.statusChanged.connect(this.watch, this);
    kernel.disposed.connect(this.onDisposed, this);
    this.watch();
  }

  begun(): void {
    this.hasBegun = true;
    this.start(RUN_TIMEOUT_MS, 'timeout', 'The kernel did not finish attaching within a minute.');
  }

  dispose(): void {
    this.stop();
    this.kernel.statusChanged.disconnect(this.watch, this);
    this.kernel.disposed.disconnect(this.onDisposed, this);
  }

  private watch(): void {
    const { status } = this.kernel;
    if (status === 'dead') {
      this.onDisposed();
    } else if (status === 'autorestarting' || status === 'restarting') {
      this.reject(new KernelChannelError('superseded', 'The kernel restarts.'));
    } else if (!this.hasBegun) {
      if (status === 'busy') {
        this.stop();
      } else if (this.timer === null) {
        this.start(BEGIN_TIMEOUT_MS, 'no-answer', 'The kernel does not answer.');
      }
    }
  }

  private onDisposed(): void {
    this.reject(new KernelChannelError('dead', 'The kernel has ended.'));
  }

  private start(milliseconds: number, code: 'timeout' | 'no-answer', message: string): void {
    this.stop();
    this.timer = setTimeout(() => {
      this.reject(new KernelChannelError(code, message));
    }, milliseconds);
  }

  private stop(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
