import { Component, type ReactNode } from "react";
import { Button } from "./Button";
import { Notice } from "./Notice";

/** A mistake of ours in one page leaves the others, and a way on. React knows no other form. */
export class Mishap extends Component<{ children: ReactNode }, { broken: boolean }> {
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
