import { Link } from "react-router";
import { login } from "../api/login";
import { number, t } from "../i18n";
import { date, formatAmount, time } from "../lib/format";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { Button, buttonClass } from "../ui/Button";
import { Cell, Cells } from "../ui/Cell";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { StatusButton } from "../account/StatusButton";
import { Waiting } from "../ui/Waiting";
import { Budgets } from "./Budgets";
import { buy, useBalance, useOffers, useTransactions } from "./credits";

/** The credits of a user: how many there are, what moved them, what limits them, and more of them. */
export function CreditsPage() {
  const user = login.use((now) => now.user);
  usePageTitle(t("Credits"));
  if (!user) {
    return (
      <>
        <h1 className="sr-only">{t("Credits")}</h1>
        <Notice tone="calm" title={t("Sign in to see your credits.")}>
          <Link to={paths.account()} className={buttonClass("plain")}>
            {t("Sign in")}
          </Link>
        </Notice>
      </>
    );
  }
  return <Account />;
}

function Account() {
  const { data: balance, error, refetch } = useBalance();
  if (error) {
    return (
      <Notice title={error.message}>
        <Button onClick={() => void refetch()}>{t("Try again")}</Button>
      </Notice>
    );
  }
  if (!balance) return <Waiting />;
  return (
    <div className="space-y-section">
      <header className="border-b-2 border-ink pb-2">
        <h1 className="text-title font-semibold tracking-tight">{t("Credits")}</h1>
      </header>
      <Cells label={t("Your credits")}>
        <Cell caption={t("Available")}>
          <span data-available={balance.available}>{number(balance.available)}</span>
        </Cell>
        <Cell caption={t("Held by videos in progress")}>{number(balance.held)}</Cell>
        <Cell caption={t("Balance")}>{number(balance.balance)}</Cell>
      </Cells>
      <div className="grid items-start gap-section lg:grid-cols-2">
        <Offers />
        <Panel title={t("Budgets")} aside={t("a start beyond one is refused")}>
          <Budgets />
        </Panel>
      </div>
      <Panel title={t("What moved them")}>
        <Transactions />
      </Panel>
    </div>
  );
}

function Offers() {
  const { data } = useOffers();
  const { packs = [], currency = "USD" } = data ?? {};
  return (
    <Panel title={t("More credits")}>
      {packs.length ? (
        <ul>
          {packs.map(({ credits, price }) => (
            <li key={credits} className="flex min-h-14 items-center justify-between gap-4 border-b border-rule">
              <span>
                {t("{credits} credits", { credits })} · <span className="figures">{formatAmount(price, currency)}</span>
              </span>
              <StatusButton
                label={t("Buy")}
                name={t("Buy {credits} credits", { credits })}
                act={() => buy(String(credits))}
              />
            </li>
          ))}
        </ul>
      ) : (
        <p className="text-soft">{t("This server sells none. Ask its operator for credits.")}</p>
      )}
    </Panel>
  );
}

const KINDS: Record<string, string> = {
  grant: t("Given"),
  purchase: t("Bought"),
  refund: t("Refunded"),
  adjustment: t("Adjusted"),
  hold: t("Held for a video"),
  charge: t("Charged for a video"),
  release: t("Released"),
};

function Transactions() {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useTransactions();
  const rows = data?.pages.flatMap((page) => page.transactions) ?? [];
  if (error) return <Notice title={error.message} />;
  if (data && !rows.length) return <p className="text-soft">{t("Nothing yet.")}</p>;
  return (
    <>
      <ul>
        {rows.map(({ id, kind, credits, job_id, note, created_at }) => (
          <li key={id} className="flex flex-wrap justify-between gap-x-6 border-b border-rule py-2 text-sm">
            <span>
              {KINDS[kind] ?? kind}
              {note && <span className="text-soft"> · {note}</span>}
              {job_id && (
                <Link to={paths.video(job_id)} className="ms-2 underline decoration-rule underline-offset-4">
                  {t("the video")}
                </Link>
              )}
            </span>
            <span className="figures text-soft">
              {date(created_at)} {time(created_at)}
              <span className="ms-4 text-ink">
                {credits > 0 ? "+" : ""}
                {number(credits)}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <p className="pt-4 text-center">
          <Button aria-disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("Show more")}
          </Button>
        </p>
      )}
    </>
  );
}
