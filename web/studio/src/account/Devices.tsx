import type { Device } from "../api/types";
import { date, day, time } from "../lib/format";
import { Loaded } from "../ui/Loaded";
import { StatusButton } from "./StatusButton";
import { signDeviceOut, useDevices } from "./actions";
import { t } from "../i18n";

export function Devices() {
  return <Loaded of={useDevices()}>{(devices) => <List devices={devices} />}</Loaded>;
}

function List({ devices }: { devices: Device[] }) {
  return (
    <ul>
      {devices.map(({ id, device, current, created_at, seen_at }) => (
        <li
          key={id}
          className="flex min-h-16 flex-wrap items-center justify-between gap-3 border-b border-rule py-2 last:border-0"
        >
          <div>
            <p className="font-medium">
              {device || t("Unknown device")}
              {current && <span className="ms-2 font-normal text-soft">{t("this device")}</span>}
            </p>
            <p className="figures text-soft">
              {t("signed in {date}", { date: date(created_at) })}
              {current ? "" : `, ${t("last seen {day} {time}", { day: day(seen_at), time: time(seen_at) })}`}
            </p>
          </div>
          {!current && (
            <StatusButton
              label={t("Sign out")}
              name={t("Sign out {device}", { device: device || t("unknown device") })}
              act={() => signDeviceOut(id)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
