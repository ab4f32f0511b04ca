import type { TranslationBundle } from '@jupyterlab/translation';
import { createContext, useContext } from 'react';
import type { ApiClient } from '../api/client';
import type { InstanceInfo } from '../api/generated';
import type { IAttachments } from '../tokens';

/** What every part of the panel works with. */
export interface IPanelContext {
  client: ApiClient;
  trans: TranslationBundle;
  attachments: IAttachments | null;
  instance: InstanceInfo | null;
  /** False while the panel is hidden: nothing is asked of the server then. */
  isVisible: boolean;
}

export const PanelContext = createContext<IPanelContext | null>(null);

export function usePanel(): IPanelContext {
  const context = useContext(PanelContext);
  if (!context) {
    throw new Error('outside the panel');
  }
  return context;
}
