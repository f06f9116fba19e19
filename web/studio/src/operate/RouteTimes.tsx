import type { Analytics } from "../api/types";
import { t } from "../i18n";

/** How fast the routes that are used most answered. */
export function RouteTimes({ routes }: { routes: Analytics["requests"] }) {
  if (!routes.length) return <p className="text-soft">{t("No requests were counted yet.")}</p>;
  return (
    <div className="max-h-80 overflow-auto" tabIndex={0} role="region" aria-label={t("Latency of routes")}>
      <table className="w-full min-w-[26rem] text-start text-sm">
        <thead>
          <tr className="caption border-b border-ink">
            {[t("Route"), t("Requests"), t("Median"), "99 %", "5xx"].map((name) => (
              <th key={name} scope="col" className="py-2 pe-4 font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {routes.map((route) => (
            <tr key={route.route} className="border-b border-rule">
              <th scope="row" className="figures py-2 pe-4 font-normal break-all">
                {route.route}
              </th>
              <td className="figures py-2 pe-4">{route.count}</td>
              <td className="figures py-2 pe-4">{milliseconds(route.p50)}</td>
              <td className="figures py-2 pe-4">{milliseconds(route.p99)}</td>
              <td className="figures py-2">{route.failed}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const milliseconds = (seconds: number | null) => (seconds === null ? "–" : `${Math.round(1000 * seconds)} ms`);
