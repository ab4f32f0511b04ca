import { useEffect, useState } from 'react';
import type { IAttachment, IAttachTarget } from '../tokens';
import { usePanel } from './context';

/** The notebook or console that an attach goes to. */
export function useTarget(): IAttachTarget | null {
  const { attachments } = usePanel();
  const [target, setTarget] = useState(attachments?.target ?? null);
  useEffect(() => {
    if (!attachments) {
      return;
    }
    const update = (): void => {
      setTarget(attachments.target);
    };
    update();
    attachments.targetChanged.connect(update);
    return () => {
      attachments.targetChanged.disconnect(update);
    };
  }, [attachments]);
  return target;
}

/** What is attached to it. */
export function useAttached(): readonly IAttachment[] {
  const { attachments } = usePanel();
  const [attached, setAttached] = useState<readonly IAttachment[]>(attachments?.attachments ?? []);
  useEffect(() => {
    if (!attachments) {
      return;
    }
    const update = (): void => {
      setAttached([...attachments.attachments]);
    };
    update();
    attachments.attachmentsChanged.connect(update);
    return () => {
      attachments.attachmentsChanged.disconnect(update);
    };
  }, [attachments]);
  return attached;
}
