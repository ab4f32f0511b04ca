import { ApiError } from '../api/problem';
import type { AttachOutcome, IAttachTarget } from '../tokens';
import { KernelChannelError, type KernelReply } from './channel';

type Failed = Extract<AttachOutcome, { state: 'failed' }>;

const CHANNEL_ADVICE: Record<KernelChannelError['code'], string> = {
  timeout: 'Interrupt or restart the kernel, then try again.',
  'no-answer': 'Check the kernel, restart it if need be, then try again.',
  aborted: 'Let the failing cells end, then try again.',
  dead: 'Start a kernel, then try again.',
  unreadable: 'Restart the kernel, then try again.',
  superseded: 'Attachments come back by themselves when the kernel is ready.',
  raised: 'Restart the kernel, then try again.'
};

/** Say in words what kept us from attaching. */
export function failed(error: unknown): Failed {
  if (error instanceof ApiError) {
    return { state: 'failed', message: error.problem.message, advice: error.problem.advice };
  }
  if (error instanceof KernelChannelError) {
    return { state: 'failed', message: error.message, advice: CHANNEL_ADVICE[error.code] };
  }
  return {
    state: 'failed',
    message: 'The kernel was restarted or ended meanwhile.',
    advice: 'Try again when it is ready.'
  };
}

/** Say in words what the kernel refused. */
export function refused(reply: KernelReply): Failed {
  return {
    state: 'failed',
    message: reply.error?.message ?? 'The kernel refused without a reason.',
    advice: reply.error?.advice ?? ''
  };
}

export function notAttached(variable: string): Failed {
  return {
    state: 'failed',
    message: `Nothing is attached as ${variable} here.`,
    advice: 'Attach it again.'
  };
}

/** Say why nothing can be attached to a target now; null where it can. */
export function obstacleTo(target: IAttachTarget | null): Failed | null {
  const refuse = (message: string, advice: string): Failed => ({
    state: 'failed',
    message,
    advice
  });
  if (!target) {
    return refuse('No notebook or console is open.', 'Open one with a Python kernel.');
  }
  switch (target.state) {
    case 'no-kernel':
      return refuse(`${target.label} has no running kernel.`, 'Start a Python kernel.');
    case 'not-python':
      return refuse(
        `The kernel of ${target.label} speaks ${target.language ?? 'another language'}.`,
        'Only Python kernels can hold a gammapy DataStore; copy the paths instead.'
      );
    default:
      return null;
  }
}

/** Say how many runs an attachment lacks; empty where none. */
export function missingText(missing: number): string {
  return missing ? `${missing} ${missing === 1 ? 'run is' : 'runs are'} not there yet.` : '';
}
