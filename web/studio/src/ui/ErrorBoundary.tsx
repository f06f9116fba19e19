import { Component, type ReactNode } from "react";
import { Button } from "./Button";
import { Notice } from "./Notice";

/** Show an error in place of a page that failed; the others still work. React needs a class here. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <Notice title="Something went wrong.">
        <p>The page had an error. Your videos are still being made.</p>
        <Button onClick={() => location.reload()}>Reload the page</Button>
      </Notice>
    );
  }
}
