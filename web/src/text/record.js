// Texts of the track record.
export const ko = {
  lead: "발표한 예보를 실제 날씨와 비교해 채점해요.",
  nothing: {
    title: "아직 채점한 예보가 없어요",
    text: "예보는 그날의 관측이 들어와야 채점할 수 있어요. 첫 예보를 발표하고 하루가 지나면 여기에 성적이 보여요.",
  },

  windowLabel: "채점한 기간",
  windows: { 7: "7일", 30: "30일", 365: "1년" },
  off: (window, leads, name, error) => `지난 ${window}, ${leads} ${name} 예보의 오차(RMSE)는 ${error}였어요.`,
  skill: {
    better: (share) => `‘어제와 똑같다’보다 ${share} 나아요.`,
    same: () => "‘어제와 똑같다’와 거의 같아요.",
    worse: (share) => `‘어제와 똑같다’보다 ${share} 나빠요.`,
    unknown: () => "‘어제와 똑같다’와는 아직 비교할 수 없어요.",
  },
  few: (verified, days) => `${days}일 중 ${verified}일만 채점했어요. 며칠 더 지나야 성적을 신뢰할 수 있어요.`,
  partly: (verified, days) => `${days}일 중 ${verified}일을 채점했어요.`,
  made: {
    synthetic: "합성 자료로 계산한 성적이에요. 실제 날씨에서는 다를 수 있어요.",
    replay: "과거 관측을 재연해 계산한 성적이에요.",
  },
  errorName: "오차(RMSE)",
  against: "어제와 비교",
  insideText: (hits) => `10번 중 ${hits}번 맞았어요 (목표 8번).`,
  insideAsMeant: "목표와 비슷해요.",
  insideNarrow: "범위가 좁았어요.",
  insideWide: "범위가 넓었어요.",
  biasName: "편향",
  bias: { high: (value) => `${value} 높게 예보`, low: (value) => `${value} 낮게 예보`, none: "거의 없음" },
  meaning:
    "RMSE(제곱평균제곱근 오차)는 크게 틀린 시간에 더 큰 비중을 두는 오차예요. 단순한 평균 오차보다 커요. ‘어제와 똑같다’는 마지막으로 관측한 날의 같은 시각 값을 그대로 쓰는 예보예요.",

  alarmTitle: "예보 정확도가 기준보다 낮아요",

  publishedTitle: "기상청 예보와 비교",
  publishedHelp: "기상청 단기예보와 우리 예보를 같은 시간끼리만 비교한 오차(RMSE)예요.",
  publishedSimulated: "여기서 기상청 예보는 모의로 만든 예보예요. 실제 기상청 예보의 성적이 아니에요.",
  publishedNone: "이 기간에는 비교할 기상청 예보가 없어요.",
  publishedHours: (hours) => `(${hours}시간 비교)`,
  ours: "우리",
  theirs: "기상청",
  published: {
    better: (ours, theirs, share) => `우리 예보가 더 정확했어요. 우리 오차(${ours})가 기상청(${theirs})보다 ${share} 작아요.`,
    same: (ours, theirs) => `거의 같았어요. 우리 오차 ${ours}, 기상청 ${theirs}.`,
    worse: (ours, theirs, share) => `기상청 예보가 더 정확했어요. 우리 오차(${ours})가 기상청(${theirs})보다 ${share} 커요.`,
    unknown: (ours, theirs) => `우리 오차 ${ours}, 기상청 ${theirs}.`,
  },
  againstPublished: "기상청과 비교",

  leadsTitle: "예보 시간별 정확도",
  leadsHelp: "0 % 위에 있으면 ‘어제와 똑같다’보다 나은 예보예요. 멀리 볼수록 어려워져요.",
  skillPanel: "‘어제와 똑같다’보다 나은 정도 (%)",
  errorPanel: { ta: "기온의 오차(RMSE, °C)", hm: "습도의 오차(RMSE, %p)" },
  ahead: (lead) => `${lead}시간 앞`,
  leadHead: "시간 앞",
  errorHead: "오차",
  skillHead: "어제보다",
  insideHead: "범위",

  daysTitle: "날짜별 성적",
  daysHelp: "하루 동안의 오차(RMSE)예요. 점선은 하루 넘게 앞서 발표한 예보예요.",
  dayHead: "날짜",
  noScore: "채점 없음",

  observedTitle: "예보와 실제",
  observedHelp: "한 번에 발표한 48시간 예보와 실제 날씨를 함께 그렸어요.",
  night: "발표일",
  nightName: (day) => `${day} 새벽`,
  observedFailed: "이날 발표한 예보나 관측이 없어요.",

  shadowTitle: "후보 모델과 비교",
  shadowHelp: "후보 모델도 매일 밤 함께 예보해 같은 시간끼리 비교해요.",
  shadow: {
    better: (name, days, shadow, issued, share) => `${name}: ${days}일 동안 후보가 ${share} 나았어요 (오차 ${shadow}, 발표한 예보 ${issued}).`,
    same: (name, days, shadow, issued) => `${name}: ${days}일 동안 거의 같았어요 (오차 ${shadow}, 발표한 예보 ${issued}).`,
    worse: (name, days, shadow, issued, share) => `${name}: ${days}일 동안 후보가 ${share} 나빴어요 (오차 ${shadow}, 발표한 예보 ${issued}).`,
  },
};

export const en = {
  lead: "Every forecast is compared with the observed weather.",
  nothing: {
    title: "No forecast has been scored yet",
    text: "A forecast can be scored once its day has been observed. Scores appear here a day after the first forecast.",
  },

  windowLabel: "Days scored",
  windows: { 7: "7 days", 30: "30 days", 365: "1 year" },
  off: (window, leads, name, error) => `Over the last ${window}, ${name.toLowerCase()} ${leads} had an error (RMSE) of ${error}.`,
  skill: {
    better: (share) => `That is ${share} better than “same as yesterday”.`,
    same: () => "That is about as good as “same as yesterday”.",
    worse: (share) => `That is ${share} worse than “same as yesterday”.`,
    unknown: () => "It cannot be compared with “same as yesterday” yet.",
  },
  few: (verified, days) => `Only ${verified} of ${days} days are scored so far: a few more are needed for reliable figures.`,
  partly: (verified, days) => `${verified} of ${days} days are scored.`,
  made: {
    synthetic: "These scores are from synthetic weather. Real weather may differ.",
    replay: "These scores come from a replay of past observations.",
  },
  errorName: "Error (RMSE)",
  against: "Against yesterday",
  insideText: (hits) => `Right ${hits} times out of 10 (target: 8).`,
  insideAsMeant: "As intended.",
  insideNarrow: "The range was too narrow.",
  insideWide: "The range was too wide.",
  biasName: "Bias",
  bias: { high: (value) => `${value} too high`, low: (value) => `${value} too low`, none: "hardly any" },
  meaning:
    "The RMSE (root mean square error) gives large errors more weight; it is larger than the plain average error. “Same as yesterday” takes the value of the same hour on the last day observed.",

  alarmTitle: "Forecast skill below the baseline",

  publishedTitle: "Compared with the KMA's forecast",
  publishedHelp: "Errors (RMSE) of the KMA's short-term forecast and of ours, over the same hours only.",
  publishedSimulated: "The KMA's forecast here is a simulated one; these are not scores of the real KMA forecast.",
  publishedNone: "There is no KMA forecast to compare with in these days.",
  publishedHours: (hours) => `(${hours} hours compared)`,
  ours: "ours",
  theirs: "KMA",
  published: {
    better: (ours, theirs, share) => `Ours was more accurate: our error (${ours}) was ${share} smaller than the KMA's (${theirs}).`,
    same: (ours, theirs) => `About the same: our error ${ours}, the KMA's ${theirs}.`,
    worse: (ours, theirs, share) => `The KMA was more accurate: our error (${ours}) was ${share} larger than the KMA's (${theirs}).`,
    unknown: (ours, theirs) => `Our error ${ours}, the KMA's ${theirs}.`,
  },
  againstPublished: "Against the KMA",

  leadsTitle: "Accuracy by lead time",
  leadsHelp: "Above 0 % the forecast beats “same as yesterday”. The further ahead, the harder it gets.",
  skillPanel: "Better than “same as yesterday” (%)",
  errorPanel: { ta: "Error (RMSE), temperature (°C)", hm: "Error (RMSE), humidity (points)" },
  ahead: (lead) => (lead === 1 ? "1 hour ahead" : `${lead} hours ahead`),
  leadHead: "Hours",
  errorHead: "Error",
  skillHead: "Skill",
  insideHead: "Range",

  daysTitle: "Day by day",
  daysHelp: "The error (RMSE) over each day. Dashed: forecasts made more than a day ahead.",
  dayHead: "Day",
  noScore: "not scored",

  observedTitle: "Forecast and observation",
  observedHelp: "The 48-hour forecast issued on one night and the observed weather.",
  night: "Issued",
  nightName: (day) => `Night of ${day}`,
  observedFailed: "There is no forecast or observation of this night.",

  shadowTitle: "Compared with the runner-up model",
  shadowHelp: "A runner-up model forecasts every night as well; both are scored on the same hours.",
  shadow: {
    better: (name, days, shadow, issued, share) => `${name}: over ${days} days the runner-up was ${share} better (error ${shadow}, issued ${issued}).`,
    same: (name, days, shadow, issued) => `${name}: over ${days} days about the same (error ${shadow}, issued ${issued}).`,
    worse: (name, days, shadow, issued, share) => `${name}: over ${days} days the runner-up was ${share} worse (error ${shadow}, issued ${issued}).`,
  },
};
