/** Show another page from code outside React; the router registers itself, so that nothing imports it in a circle. */

type Navigate = (path: string, options: { replace: boolean }) => unknown;

let navigate: Navigate = (path, { replace }) => (replace ? location.replace(path) : location.assign(path));

export function setNavigation(router: Navigate): void {
  navigate = router;
}

export function go(path: string): void {
  void navigate(path, { replace: false });
}

/** Show another page in place of this one, which "Back" does not return to. */
export function replace(path: string): void {
  void navigate(path, { replace: true });
}
