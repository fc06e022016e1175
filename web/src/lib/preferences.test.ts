import { describe, expect, it } from "vitest";
import { preferencesOf } from "./preferences";

describe("preferences", () => {
  it("follow from the language where nothing is chosen", () => {
    expect(preferencesOf({ locale: "fa", calendar: "CALENDAR_UNSPECIFIED" }, "en")).toMatchObject({
      language: "fa",
      calendar: "persian",
      digits: "arabext",
      firstDay: 6,
      weekend: [4, 5],
    });
  });

  it("are what the person has chosen", () => {
    const user = {
      locale: "ar",
      calendar: "UMM_AL_QURA",
      digits: "LATIN",
      firstDayOfWeek: "MONDAY",
      weekend: ["FRIDAY"],
      timeZone: "Asia/Riyadh",
    } as const;
    expect(preferencesOf({ ...user, weekend: [...user.weekend] }, "en")).toEqual({
      language: "ar",
      calendar: "islamic-umalqura",
      digits: "latn",
      firstDay: 1,
      weekend: [5],
      timeZone: "Asia/Riyadh",
    });
  });
});
