import { Component, type ReactNode } from "react";
import { PageFailed } from "./PageFailed";

interface BoundaryProps {
  /** The address of the page: another one is tried again. */
  address: string;
  children: ReactNode;
}

/** Show a message in place of a page that failed; the others still work. */
export class PageBoundary extends Component<BoundaryProps, { problem: unknown; address: string }> {
  override state = { problem: undefined, address: this.props.address };

  static getDerivedStateFromError(problem: unknown) {
    return { problem };
  }

  static getDerivedStateFromProps({ address }: BoundaryProps, state: { address: string }) {
    return address === state.address ? null : { problem: undefined, address };
  }

  override render() {
    return this.state.problem === undefined ? this.props.children : <PageFailed problem={this.state.problem} />;
  }
}
