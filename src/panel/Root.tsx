import '../../style/panel.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import React, { useState } from 'react';
import { ApiError } from '../api/problem';
import { Panel, type IPanel } from './Panel';

/** The panel with a cache of its own; what the server explains is not asked again blindly. */
export default function Root(props: IPanel): React.ReactElement {
  const [queries] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            retry: (count, error) =>
              count < 2 &&
              !(error instanceof ApiError && error.status >= 400 && error.status < 500),
            retryDelay: attempt =>
              Math.min(1000 * 2 ** attempt, 15_000) * (0.75 + Math.random() / 2),
            refetchOnWindowFocus: true
          }
        }
      })
  );
  return (
    <QueryClientProvider client={queries}>
      <Panel {...props} />
    </QueryClientProvider>
  );
}
