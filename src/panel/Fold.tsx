import React, { useId, useState } from 'react';

export interface IFold {
  title: string;
  note?: string;
  isOpenAtFirst: boolean;
  children: React.ReactNode;
}

/** A section that folds away. */
export function Fold(props: IFold): React.ReactElement {
  const { title, note, isOpenAtFirst, children } = props;
  const [choice, setOpen] = useState<boolean | null>(null);
  const isOpen = choice ?? isOpenAtFirst;
  const id = useId();
  return (
    <section className="jp-magicRucio-section">
      <h3>
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {title}
          {note && <span className="jp-magicRucio-quiet"> {note}</span>}
        </button>
      </h3>
      {isOpen && <div id={id}>{children}</div>}
    </section>
  );
}
