// Every word of the page, in Korean and English. Both languages have the same keys (a browser test compares them).
export const LANGUAGES = ["ko", "en"];

const ko = {
  locale: "ko-KR",
  title: "Plantcast · 식물 물 주기 예보",
  tagline: "오늘과 내일, 화분에 물을 줄까요?",
  switchLanguage: "English",
  switchLanguageLabel: "Switch to English",
  station: "지역",
  stationNumber: (id) => `지점 ${id}`,
  skip: "본문으로 건너뛰기",

  relative: { today: "오늘", tomorrow: "내일", yesterday: "어제" },
  verdict: {
    water: "물을 주세요",
    ok: "물을 안 줘도 돼요",
  },
  face: {
    happy: "편안한 식물",
    thirsty: "목마른 식물",
    cold: "추워하는 식물",
    hot: "더워하는 식물",
  },
  why: "까닭",
  calm: "모든 시간이 물 주기 기준(30 °C 이상, 습도 30 % 이하)에 닿지 않아요.",
  reached: "물 주기 기준(30 °C 이상 또는 습도 30 % 이하)에 닿는 시간이 있어요.",
  temperature: "기온",
  temperatureShort: "기온",
  humidity: "습도",
  humidityShort: "습도",
  noTomorrow: "내일 예보는 아직 없어요. 매일 새벽 2시에 새로 계산해요.",
  summary: (station, days) => `${station} 예보. ${days}`,

  hourByHour: "시간별 예보",
  chartHelp: "그림을 누르거나 ← → 키로 시간을 고르세요.",
  chartLabel: "시간별 기온과 습도",
  expected: "예상값",
  range: "80\u00a0% 범위",
  rangeMeaning: "열 번 가운데 여덟 번이 목표예요",
  limit: "물 주기 기준",
  now: "지금",
  hour: (hour) => `${hour}시`,
  rangeWords: (low, high, unit) => `${low}에서 ${high}${unit} 사이`,
  noValue: "값 없음",
  tableTitle: "표로 보기",
  tableCaption: "시간별 기온과 습도, 80 % 범위. ● 표는 물 주기 기준에 닿는 값이에요.",
  time: "시각",

  about: "이 예보는",
  issued: "계산한 때",
  origin: "마지막 관측",
  history: "배운 기간",
  historyDays: (days) => `${days}일`,
  historyHours: (hours) => `${hours}시간`,
  models: "모델",
  kind: { lightgbm: "LightGBM", damped_anomaly: "기준 모델(평년 차이)" },
  state: "상태",
  stateOk: "정상",
  stateDegraded: "일부 부족",
  data: "자료",

  source: {
    synthetic: {
      badge: "합성 자료 · synthetic weather, not real observations",
      about: "합성 자료. 실제 관측이 아니라 지어낸 날씨예요",
    },
    replay: {
      badge: "과거 재연 · replay of past observations, not the present",
      about: "과거 관측의 재연. 지금 날씨가 아니에요",
    },
    kma: { badge: "", about: "기상청 관측" },
  },
  unknownSource: (name) => ({ badge: `자료 출처: ${name}`, about: name }),

  stale: (hours) => `오래된 예보예요. ${hours} 전에 계산했고 그 뒤로 새 예보가 없어요.`,
  age: (hours) => (hours < 48 ? `${Math.floor(hours)}시간` : `${Math.floor(hours / 24)}일`),
  degraded: "평소보다 덜 정확할 수 있어요.",
  degradedReason: {
    observations_incomplete: "관측이 일부 빠져 있어요.",
    stale_observations: "최신 관측이 아직 들어오지 않았어요.",
    baseline_only_ta: "기온은 학습한 모델 없이 기준 모델로만 예보했어요.",
    baseline_only_hm: "습도는 학습한 모델 없이 기준 모델로만 예보했어요.",
    model_unreadable_ta: "저장된 기온 모델을 읽지 못했어요.",
    model_unreadable_hm: "저장된 습도 모델을 읽지 못했어요.",
    model_newer_than_origin_ta: "기온 모델이 이 날짜보다 나중 자료로 학습되어 쓰지 않았어요.",
    model_newer_than_origin_hm: "습도 모델이 이 날짜보다 나중 자료로 학습되어 쓰지 않았어요.",
  },
  refreshFailed: (clock) => `새로 받지 못해 ${clock}에 받은 예보를 보여 드려요.`,

  loading: "예보를 불러오고 있어요…",
  retry: "다시 시도",
  failure: {
    missing: {
      title: "아직 예보가 없어요",
      text: "첫 예보가 나오면 여기에 보여요. 매일 새벽 2시에 새로 계산해요.",
    },
    offline: {
      title: "연결되지 않아요",
      text: "예보 서버에 닿지 못했어요. 인터넷 연결을 확인하고 다시 시도해 주세요.",
    },
    timeout: {
      title: "대답이 늦어요",
      text: "예보 서버가 제때 대답하지 않았어요. 잠시 뒤 다시 시도해 주세요.",
    },
    refused: {
      title: "예보를 받지 못했어요",
      text: "예보 서버에 문제가 있어요. 잠시 뒤 다시 시도해 주세요.",
    },
    unreadable: {
      title: "예보를 읽지 못했어요",
      text: "서버가 이 화면이 모르는 형식으로 대답했어요. 새로 고쳐도 같으면 관리자에게 알려 주세요.",
    },
    misconfigured: {
      title: "화면 설정이 잘못됐어요",
      text: "config.json에서 API 주소를 찾지 못했어요. 대시보드를 다시 배포해 주세요.",
    },
  },

  attribution: "자료",
  docs: "API 문서",
  health: "서비스 상태",
};

const en = {
  locale: "en-US",
  title: "Plantcast · do my plants need water?",
  tagline: "Water the plants today or tomorrow?",
  switchLanguage: "한국어",
  switchLanguageLabel: "한국어로 바꾸기",
  station: "Place",
  stationNumber: (id) => `Station ${id}`,
  skip: "Skip to content",

  relative: { today: "Today", tomorrow: "Tomorrow", yesterday: "Yesterday" },
  verdict: {
    water: "Water your plants",
    ok: "No need to water",
  },
  face: {
    happy: "A happy plant",
    thirsty: "A thirsty plant",
    cold: "A cold plant",
    hot: "A plant too hot",
  },
  why: "Why",
  calm: "No hour reaches a watering limit (30 °C or more, humidity 30 % or less).",
  reached: "Some hours reach a watering limit (30 °C or more, or humidity 30 % or less).",
  temperature: "Temperature",
  temperatureShort: "Temp.",
  humidity: "Humidity",
  humidityShort: "Humid.",
  noTomorrow: "Tomorrow is not out yet. A new forecast is made every night at 02:00 Korean time.",
  summary: (station, days) => `Forecast for ${station}. ${days}`,

  hourByHour: "Hour by hour",
  chartHelp: "Tap the chart, or use the ← → keys, to pick an hour.",
  chartLabel: "Temperature and humidity by the hour",
  expected: "Expected",
  range: "80\u00a0% range",
  rangeMeaning: "meant to hold eight times out of ten",
  limit: "Watering limit",
  now: "Now",
  hour: (hour) => `${String(hour).padStart(2, "0")}:00`,
  rangeWords: (low, high, unit) => `between ${low} and ${high}${unit}`,
  noValue: "no value",
  tableTitle: "Show as a table",
  tableCaption: "Temperature and humidity by the hour with 80 % ranges. ● marks a value that reaches a watering limit.",
  time: "Time",

  about: "About this forecast",
  issued: "Issued",
  origin: "Last observation",
  history: "Learnt from",
  historyDays: (days) => `${days} days`,
  historyHours: (hours) => `${hours} hours`,
  models: "Models",
  kind: { lightgbm: "LightGBM", damped_anomaly: "baseline (damped anomaly)" },
  state: "State",
  stateOk: "Normal",
  stateDegraded: "Degraded",
  data: "Data",

  source: {
    synthetic: {
      badge: "합성 자료 · synthetic weather, not real observations",
      about: "Synthetic: made-up weather, not real observations",
    },
    replay: {
      badge: "과거 재연 · replay of past observations, not the present",
      about: "A replay of past observations, not the present weather",
    },
    kma: { badge: "", about: "Observed by the KMA" },
  },
  unknownSource: (name) => ({ badge: `Data source: ${name}`, about: name }),

  stale: (hours) => `This forecast is old: issued ${hours} ago, and nothing newer has come since.`,
  age: (hours) => (hours < 48 ? `${Math.floor(hours)} hours` : `${Math.floor(hours / 24)} days`),
  degraded: "This may be less accurate than usual.",
  degradedReason: {
    observations_incomplete: "Some observations are missing.",
    stale_observations: "The newest observations have not arrived yet.",
    baseline_only_ta: "Temperature comes from the baseline alone, without a trained model.",
    baseline_only_hm: "Humidity comes from the baseline alone, without a trained model.",
    model_unreadable_ta: "The stored temperature model could not be read.",
    model_unreadable_hm: "The stored humidity model could not be read.",
    model_newer_than_origin_ta: "The temperature model was trained on later days than this one, so it was not used.",
    model_newer_than_origin_hm: "The humidity model was trained on later days than this one, so it was not used.",
  },
  refreshFailed: (clock) => `Could not refresh; this is the forecast received at ${clock}.`,

  loading: "Loading the forecast…",
  retry: "Try again",
  failure: {
    missing: {
      title: "No forecast yet",
      text: "The first one will appear here. A new forecast is made every night at 02:00 Korean time.",
    },
    offline: {
      title: "No connection",
      text: "The forecast server could not be reached. Check your internet connection and try again.",
    },
    timeout: {
      title: "The answer is late",
      text: "The forecast server did not answer in time. Try again in a moment.",
    },
    refused: {
      title: "The forecast could not be fetched",
      text: "The forecast server has a problem. Try again in a moment.",
    },
    unreadable: {
      title: "The forecast could not be read",
      text: "The server answered in a form this page does not know. If a reload does not help, tell the maintainer.",
    },
    misconfigured: {
      title: "This page is not set up right",
      text: "config.json names no API address. Deploy the dashboard again.",
    },
  },

  attribution: "Data",
  docs: "API documentation",
  health: "Service health",
};

export const TEXTS = { ko, en };

/** Words for where the observations come from. */
export const sourceText = (t, source) =>
  Object.hasOwn(t.source, source) ? t.source[source] : t.unknownSource(source);

/** Words for a `degraded_reasons` code; an unknown code is shown as it is. */
export const degradedText = (t, code) =>
  Object.hasOwn(t.degradedReason, code) ? t.degradedReason[code] : code;
