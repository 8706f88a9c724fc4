// Texts of the card that offers push messages.
const partOfDay = (hour) =>
  hour < 6 ? "새벽" : hour < 12 ? "아침" : hour === 12 ? "낮" : hour < 18 ? "오후" : hour < 21 ? "저녁" : "밤";

export const ko = {
  title: "알림 받기",
  offer: "내 식물에 할 일이 있는 날, 고른 시각에 이 기기로 알려 드려요.",
  on: "알림을 켰어요. 할 일이 있는 날에만 알려 드려요.",
  kept: "알림을 보내는 데 필요한 브라우저 주소와 식물 목록만 저장하고, 이름이나 연락처는 받지 않아요.",
  hour: "알림 시각(한국 시간)",
  hourName: (hour) => (hour === 0 ? "밤 12시" : `${partOfDay(hour)} ${hour % 12 || 12}시`),
  turnOn: "알림 켜기",
  turnOff: "알림 끄기",
  install: "아이폰과 아이패드에서는 공유 버튼을 눌러 홈 화면에 추가한 뒤, 거기서 열면 알림을 켤 수 있어요.",
  denied: "이 사이트의 알림이 막혀 있어요. 브라우저 설정에서 허용한 뒤 다시 열어 주세요.",
  failed: "알림 설정을 바꾸지 못했어요. 잠시 뒤 다시 시도해 주세요.",
};

export const en = {
  title: "Notifications",
  offer: "On days when your plants need something, this device tells you at the hour you choose.",
  on: "Notifications are on. You hear from us only on days with something to do.",
  kept: "Only your browser's push address and the list of plants are kept; no name, no contact details.",
  hour: "Time (in Korea)",
  hourName: (hour) => `${hour % 12 || 12} ${hour < 12 ? "a.m." : "p.m."}`,
  turnOn: "Turn on",
  turnOff: "Turn off",
  install: "On iPhone and iPad tap Share, add this page to the Home Screen, and open it from there to turn notifications on.",
  denied: "Notifications of this site are blocked. Allow them in the browser's settings, then open the page again.",
  failed: "The setting could not be changed. Please try again in a moment.",
};
