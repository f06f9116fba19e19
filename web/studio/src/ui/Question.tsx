import { type ReactNode, Suspense, lazy } from "react";

const QuestionDialog = lazy(async () => ({ default: (await import("./QuestionDialog")).QuestionDialog }));

export interface QuestionProps {
  title: string;
  /** What the answers mean, where the title does not say it all. */
  children?: ReactNode;
  /** The answer that changes nothing: it has the focus, and Escape gives it, too. */
  keep: string;
  answers: Answer[];
  onClose: () => void;
}

export interface Answer {
  label: string;
  danger?: boolean;
  /** The dialog stays until it is done, and shows why it failed. */
  act: () => unknown;
  /** What follows after the dialog, such as another focus. */
  then?: () => void;
}

/** A question over the page, before something that cannot be undone; loaded with the first one. */
export function Question(props: QuestionProps) {
  return (
    <Suspense>
      <QuestionDialog {...props} />
    </Suspense>
  );
}
