// Names of common ASOS stations, for the choice before the API has named them; others are called by their number.
const NAMES = {
  90: ["속초", "Sokcho"], 101: ["춘천", "Chuncheon"], 105: ["강릉", "Gangneung"], 108: ["서울", "Seoul"],
  112: ["인천", "Incheon"], 114: ["원주", "Wonju"], 119: ["수원", "Suwon"], 129: ["서산", "Seosan"],
  131: ["청주", "Cheongju"], 133: ["대전", "Daejeon"], 136: ["안동", "Andong"], 138: ["포항", "Pohang"],
  143: ["대구", "Daegu"], 146: ["전주", "Jeonju"], 152: ["울산", "Ulsan"], 155: ["창원", "Changwon"],
  156: ["광주", "Gwangju"], 159: ["부산", "Busan"], 165: ["목포", "Mokpo"], 168: ["여수", "Yeosu"],
  184: ["제주", "Jeju"], 189: ["서귀포", "Seogwipo"],
};

/** A station's name in `language`, or null when this page does not know it. */
export const stationName = (id, language) => NAMES[id]?.[language === "ko" ? 0 : 1] ?? null;
