// Texts of the card that offers push messages.
export const ko = {
  title: "밤에 미리 알려 드릴까요?",
};

export const en = {
  title: "A reminder in the evening?",
};
