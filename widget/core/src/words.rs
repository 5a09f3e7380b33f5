//! What the panel says, in each language it speaks. Small enough to be compiled in; dates, numbers and lengths of time
//! come from the browser's `Intl`. A text that one language lacks does not compile. No text counts things in a sentence:
//! plural rules differ (Arabic has six), so counts stand beside a word.

/// A language the panel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// Arabic, from right to left.
    Ar,
}

impl Lang {
    /// The language of a locale; English where the panel does not speak it.
    pub fn of(locale: &str) -> Self {
        match locale.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "de" => Self::De,
            "ar" => Self::Ar,
            _ => Self::En,
        }
    }

    /// Its tag, for `lang=`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Ar => "ar",
        }
    }

    /// The direction it is written in.
    pub fn dir(self) -> &'static str {
        if self == Self::Ar { "rtl" } else { "ltr" }
    }
}

/// Puts `values` in the places `{0}`, `{1}` of a text.
pub fn fill(text: &str, values: &[&str]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let place = after.split_once('}').and_then(|(n, tail)| Some((values.get(n.parse::<usize>().ok()?)?, tail)));
        match place {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

macro_rules! words {
    ($($key:ident: $en:literal | $de:literal | $ar:literal;)*) => {
        /// A text of the panel.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the English text in the table is the documentation")]
        pub enum Word { $($key),* }

        /// Every text.
        pub const ALL: &[Word] = &[$(Word::$key),*];

        impl Word {
            /// The text in a language.
            pub fn in_lang(self, lang: Lang) -> &'static str {
                match lang {
                    Lang::En => match self { $(Self::$key => $en),* },
                    Lang::De => match self { $(Self::$key => $de),* },
                    Lang::Ar => match self { $(Self::$key => $ar),* },
                }
            }
        }
    };
}

words! {
    Conversations: "Conversations" | "Gespräche" | "المحادثات";
    Loading: "Reading…" | "Wird gelesen …" | "جارٍ القراءة…";
    TryAgain: "Try again" | "Erneut versuchen" | "أعد المحاولة";
    Cancel: "Cancel" | "Abbrechen" | "إلغاء";
    Close: "Close" | "Schließen" | "إغلاق";
    Back: "Back to the list" | "Zurück zur Liste" | "العودة إلى القائمة";
    You: "you" | "du" | "أنت";
    // The feed
    Live: "live" | "live" | "مباشر";
    Connecting: "connecting" | "verbindet" | "جارٍ الاتصال";
    Reconnecting: "reconnecting" | "verbindet neu" | "إعادة الاتصال";
    Offline: "offline" | "offline" | "غير متصل";
    SignedOut: "signed out" | "abgemeldet" | "انتهت الجلسة";
    ReconnectingLong: "The connection to Jackfield is lost and is being tried again. What you see may be old; nothing you write is lost." | "Die Verbindung zu Jackfield ist weg und wird neu aufgebaut. Das Gezeigte kann veraltet sein; was du schreibst, geht nicht verloren." | "انقطع الاتصال بـ Jackfield وتجري إعادة المحاولة. قد يكون المعروض قديمًا؛ لن يضيع ما تكتبه.";
    OfflineLong: "Your browser has no network. What you see may be old; nothing you write is lost." | "Dein Browser hat kein Netz. Das Gezeigte kann veraltet sein; was du schreibst, geht nicht verloren." | "لا توجد شبكة في متصفحك. قد يكون المعروض قديمًا؛ لن يضيع ما تكتبه.";
    SignedOutLong: "Your sign-in has ended. Sign in again on this page or reload it; drafts are kept." | "Deine Anmeldung ist abgelaufen. Melde dich auf dieser Seite neu an oder lade sie neu; Entwürfe bleiben." | "انتهت جلستك. سجّل الدخول مجددًا أو أعد تحميل الصفحة؛ المسودات محفوظة.";
    NoToken: "The page gave this panel no token. It has to set the property “token” or “tokenProvider”." | "Die Seite hat diesem Panel kein Token gegeben. Sie muss „token“ oder „tokenProvider“ setzen." | "لم تُعطِ الصفحةُ هذه اللوحةَ رمزًا. عليها تعيين «token» أو «tokenProvider».";
    Unreachable: "Jackfield cannot be reached at {0}. Check the address and this page's connect-src; it is tried again." | "Jackfield ist unter {0} nicht erreichbar. Prüfe die Adresse und connect-src dieser Seite; es wird weiter versucht." | "تعذّر الوصول إلى Jackfield على {0}. تحقق من العنوان ومن connect-src في هذه الصفحة؛ تجري إعادة المحاولة.";
    RefusedPanel: "Jackfield refused this panel: {0}" | "Jackfield hat dieses Panel abgewiesen: {0}" | "رفض Jackfield هذه اللوحة: {0}";
    NotUnderstood: "Jackfield answered something this panel does not understand ({0}). Reload the page; if it stays, the versions differ." | "Jackfield hat etwas geantwortet, das dieses Panel nicht versteht ({0}). Lade die Seite neu; bleibt es so, passen die Versionen nicht." | "أجاب Jackfield بما لا تفهمه هذه اللوحة ({0}). أعد تحميل الصفحة؛ إن استمر ذلك فالإصدارات مختلفة.";
    // Lines to networks
    LineDegraded: "{0} is slow or down." | "{0} ist langsam oder gestört." | "{0} بطيء أو متوقف.";
    LineCredential: "{0} needs a new credential." | "{0} braucht neue Zugangsdaten." | "{0} يحتاج إلى بيانات دخول جديدة.";
    LineQuarantined: "{0} is set aside because its plugin is broken." | "{0} ist stillgelegt, weil das Plugin defekt ist." | "{0} موقوف لأن الملحق معطل.";
    LineGood: "{0} works again." | "{0} geht wieder." | "{0} يعمل من جديد.";
    // The list
    Show: "Show" | "Zeigen" | "عرض";
    Open: "Open" | "Offen" | "مفتوحة";
    Mine: "Mine" | "Meine" | "لي";
    Nobodys: "Nobody's" | "Ohne" | "بلا مسؤول";
    Resolved: "Resolved" | "Erledigt" | "منتهية";
    All: "All" | "Alle" | "الكل";
    Search: "Search" | "Suchen" | "بحث";
    SearchClear: "Clear the search" | "Suche leeren" | "مسح البحث";
    Waiting: "waiting {0}" | "wartet {0}" | "ينتظر {0}";
    WaitingNow: "just came in" | "eben gekommen" | "وصلت الآن";
    Answered: "answered" | "beantwortet" | "أُجيب";
    Unread: "unread: {0}" | "ungelesen: {0}" | "غير مقروءة: {0}";
    NoText: "no words any more" | "kein Text mehr" | "لا نص بعد الآن";
    EmptyOpen: "Nobody is waiting. New messages appear here by themselves." | "Niemand wartet. Neue Nachrichten erscheinen hier von selbst." | "لا أحد ينتظر. تظهر الرسائل الجديدة هنا تلقائيًا.";
    EmptyMine: "You have nothing open. Take a conversation from “Nobody's”." | "Du hast nichts offen. Übernimm ein Gespräch aus „Ohne“." | "ليس لديك محادثات مفتوحة. خذ واحدة من «بلا مسؤول».";
    EmptyNobodys: "Every open conversation has an owner." | "Jedes offene Gespräch hat jemanden." | "لكل محادثة مفتوحة مسؤول.";
    EmptyResolved: "Nothing is resolved yet. What you resolve is kept here." | "Noch ist nichts erledigt. Erledigtes steht hier." | "لا شيء منتهٍ بعد. ما تنهيه يُحفظ هنا.";
    EmptyPerson: "This person has not written to us on any line. Look under “Show” for everybody." | "Diese Person hat uns auf keiner Leitung geschrieben. Unter „Alle Personen“ stehen die anderen." | "لم يكتب لنا هذا الشخص على أي خط.";
    EmptySearch: "No conversation has these words. Try fewer of them, or look under “Resolved”." | "Kein Gespräch enthält diese Wörter. Versuche weniger davon oder sieh unter „Erledigt“ nach." | "لا توجد محادثة بهذه الكلمات. جرّب كلمات أقل، أو ابحث في «منتهية».";
    NoLines: "No network is connected to this brand yet. An administrator adds one with: jackfield connection add" | "Diese Marke ist noch mit keinem Netz verbunden. Die Verwaltung fügt eines hinzu mit: jackfield connection add" | "لم تُربط هذه العلامة بأي شبكة بعد. يضيفها المسؤول بالأمر: jackfield connection add";
    ListFailed: "The list could not be read. {0}" | "Die Liste konnte nicht gelesen werden. {0}" | "تعذّرت قراءة القائمة. {0}";
    NoAnswer: "Jackfield did not answer." | "Jackfield hat nicht geantwortet." | "لم يُجب Jackfield.";
    ListFull: "The first {0} are shown. Search to find others." | "Die ersten {0} sind zu sehen. Suche nach den anderen." | "المعروض أول {0}. ابحث للعثور على غيرها.";
    ThisPerson: "This person" | "Diese Person" | "هذا الشخص";
    Everybody: "Everybody" | "Alle Personen" | "الجميع";
    // The thread
    Pick: "Open a conversation to read it here." | "Öffne ein Gespräch, um es hier zu lesen." | "افتح محادثة لقراءتها هنا.";
    ThreadFailed: "This conversation could not be read. {0}" | "Dieses Gespräch konnte nicht gelesen werden. {0}" | "تعذّرت قراءة هذه المحادثة. {0}";
    Take: "Take it" | "Übernehmen" | "استلام";
    HandOver: "Hand over" | "Übergeben" | "تسليم";
    Resolve: "Resolve" | "Erledigen" | "إنهاء";
    Reopen: "Open again" | "Wieder öffnen" | "إعادة فتح";
    HandTo: "To whom? Empty: back to the queue" | "An wen? Leer: zurück in die Warteschlange" | "إلى من؟ فارغ: العودة إلى قائمة الانتظار";
    HandWhy: "Why, for who gets it" | "Warum, für den Nächsten" | "السبب، لمن يستلمها";
    YouHaveIt: "You have it" | "Du hast es" | "لديك";
    HasIt: "{0} has it" | "{0} hat es" | "لدى {0}";
    NobodyHasIt: "Nobody has it" | "Niemand hat es" | "بلا مسؤول";
    Earlier: "Show what came before: {0}" | "Früheres zeigen: {0}" | "عرض ما سبق: {0}";
    Edited: "edited {0}×" | "{0}× bearbeitet" | "عُدّلت {0}×";
    Deleted: "deleted on the network; kept in the record" | "im Netz gelöscht; im Archiv behalten" | "حُذفت من الشبكة؛ محفوظة في السجل";
    NeverSeen: "Deleted on the network before it was read." | "Im Netz gelöscht, bevor es gelesen wurde." | "حُذفت من الشبكة قبل قراءتها.";
    Context: "context, not addressed to us" | "Zusammenhang, nicht an uns" | "سياق، ليست موجهة إلينا";
    Outside: "by our account, outside Jackfield" | "von unserem Konto, außerhalb von Jackfield" | "من حسابنا، خارج Jackfield";
    AnswersWhom: "answers {0}" | "antwortet {0}" | "ردًا على {0}";
    Reach: "reach {0}" | "Reichweite {0}" | "الوصول {0}";
    OnNetwork: "on the network" | "im Netz" | "على الشبكة";
    Attachment: "attached: {0}" | "Anhang: {0}" | "مرفق: {0}";
    Behind: "behind a warning: {0}" | "hinter einer Warnung: {0}" | "خلف تحذير: {0}";
    Because: "Triage: {0}, by the marked words" | "Triage: {0}, wegen der markierten Wörter" | "الفرز: {0}، بسبب الكلمات المميزة";
    Judged: "Triage: {0}" | "Triage: {0}" | "الفرز: {0}";
    AnswerThis: "Answer this" | "Darauf antworten" | "الرد على هذه";
    NoteLabel: "Note" | "Notiz" | "ملاحظة";
    OwnPeople: "for our own people" | "nur für unsere Leute" | "لفريقنا فقط";
    ReplyLabel: "Our reply" | "Unsere Antwort" | "ردّنا";
    By: "by {0}" | "von {0}" | "من {0}";
    // Delivery
    Handing: "being handed to Jackfield" | "wird an Jackfield übergeben" | "يُسلَّم إلى Jackfield";
    HandingWaits: "Jackfield cannot be reached; handed over as soon as it answers" | "Jackfield ist nicht erreichbar; wird übergeben, sobald es antwortet" | "تعذّر الوصول إلى Jackfield؛ يُسلَّم فور استجابته";
    HandingRefused: "not taken: {0}" | "nicht angenommen: {0}" | "لم يُقبل: {0}";
    PutBack: "Put it back in the box" | "Zurück ins Eingabefeld" | "إعادته إلى مربع الكتابة";
    Queued: "waiting to be sent" | "wartet auf den Versand" | "بانتظار الإرسال";
    QueuedWhy: "waiting to be sent: {0}" | "wartet auf den Versand: {0}" | "بانتظار الإرسال: {0}";
    Sending: "the network has been asked" | "das Netz ist gefragt" | "طُلب من الشبكة";
    Sent: "accepted by the network {0}" | "vom Netz angenommen {0}" | "قبلتها الشبكة {0}";
    Failed: "not sent: {0}" | "nicht gesendet: {0}" | "لم تُرسل: {0}";
    Unknown: "we do not know yet whether the network has it; we are finding out. {0}" | "wir wissen noch nicht, ob das Netz es hat; wir finden es heraus. {0}" | "لا نعرف بعد إن كانت وصلت إلى الشبكة؛ نتحقق. {0}";
    TakenAway: "taken away on the network afterwards" | "danach im Netz gelöscht" | "حُذفت من الشبكة لاحقًا";
    Changed: "changed on the network; there it says now:" | "im Netz geändert; dort steht jetzt:" | "عُدّلت على الشبكة؛ نصها الآن:";
    TroubleFailed: "not sent" | "nicht gesendet" | "لم تُرسل";
    TroubleUnknown: "sent or not?" | "gesendet?" | "أُرسلت؟";
    // Turns
    TurnTook: "{0} took it" | "{0} hat übernommen" | "استلمها {0}";
    TurnHanded: "{0} handed it to {1}" | "{0} hat an {1} übergeben" | "سلّمها {0} إلى {1}";
    TurnQueue: "{0} gave it back to the queue" | "{0} hat in die Warteschlange zurückgegeben" | "أعادها {0} إلى قائمة الانتظار";
    TurnResolved: "{0} resolved it" | "{0} hat erledigt" | "أنهاها {0}";
    TurnReopened: "{0} opened it again" | "{0} hat wieder geöffnet" | "أعاد {0} فتحها";
    TurnReopenedBy: "opened again by a new message" | "durch eine neue Nachricht wieder offen" | "فُتحت برسالة جديدة";
    TheRule: "A rule" | "Eine Regel" | "قاعدة";
    // Who this is
    Who: "Who this is" | "Wer das ist" | "من هذا";
    Handle: "Handle" | "Adresse" | "المعرّف";
    ReachName: "Reach" | "Reichweite" | "الوصول";
    ReachUnknown: "the network does not say" | "sagt das Netz nicht" | "لا تذكره الشبكة";
    Line: "Line" | "Leitung" | "الخط";
    Profile: "Profile" | "Profil" | "الملف الشخصي";
    ProfileOpen: "open on the network" | "im Netz öffnen" | "فتح على الشبكة";
    Customer: "Customer" | "Kunde" | "العميل";
    Automated: "This account says that it is a program." | "Dieses Konto sagt, dass es ein Programm ist." | "يقول هذا الحساب إنه برنامج.";
    Program: "program" | "Programm" | "برنامج";
    Others: "Other conversations" | "Andere Gespräche" | "محادثات أخرى";
    OthersNone: "None that we know." | "Keine, die wir kennen." | "لا يوجد ما نعرفه.";
    // The composer
    WhatYouWrite: "What you write" | "Was du schreibst" | "ما تكتبه";
    ModePublic: "Reply in public" | "Öffentlich" | "رد علني";
    ModePrivate: "Private" | "Privat" | "خاص";
    ModeNote: "Note" | "Notiz" | "ملاحظة";
    SendPublic: "Send in public" | "Öffentlich senden" | "إرسال علني";
    SendPrivate: "Send privately" | "Privat senden" | "إرسال خاص";
    SaveNote: "Save note" | "Notiz speichern" | "حفظ الملاحظة";
    HintPublic: "Answer {0}; everybody can read it" | "{0} antworten; alle können es lesen" | "ردّ على {0}؛ يمكن للجميع قراءته";
    HintPrivate: "Write to {0}; strangers cannot read it" | "An {0}; Fremde können es nicht lesen" | "اكتب إلى {0}؛ لا يقرؤه الغرباء";
    HintNote: "For our own people; it is never published" | "Nur für unsere Leute; wird nie veröffentlicht" | "لفريقنا فقط؛ لا تُنشر أبدًا";
    SeenBy: "Who can read it" | "Wer es lesen kann" | "من يمكنه قراءته";
    Left: "{0} left" | "noch {0}" | "المتبقي {0}";
    TooLong: "{0} too long for this network; shorten it to send it" | "{0} zu lang für dieses Netz; kürze es zum Senden" | "أطول من حد الشبكة بـ {0}؛ اختصرها لإرسالها";
    NoteTooLong: "{0} too long for a note; shorten it to save it" | "{0} zu lang für eine Notiz; kürze sie" | "أطول من حد الملاحظة بـ {0}؛ اختصرها";
    Unaddressed: "Without “{0}” the network does not tell this person." | "Ohne „{0}“ erfährt diese Person nichts davon." | "بدون «{0}» لن تُبلغ الشبكة هذا الشخص.";
    Answering: "Answers {0}:" | "Antwort an {0}:" | "ردًا على {0}:";
    AnswerNewest: "Answer the newest instead" | "Lieber die neueste beantworten" | "الرد على الأحدث بدلًا منها";
    Prevented: "The page stopped this reply. It is still in the box." | "Die Seite hat diese Antwort angehalten. Sie steht noch im Feld." | "أوقفت الصفحة هذا الرد. ما زال في المربع.";
    Keys: "Keys: J K move, Enter open, R reply, N note, Esc back, Ctrl+Enter send" | "Tasten: J K bewegen, Enter öffnen, R antworten, N Notiz, Esc zurück, Strg+Enter senden" | "المفاتيح: J K للتنقل، Enter للفتح، R للرد، N للملاحظة، Esc للعودة، Ctrl+Enter للإرسال";
    // Spoken
    NewFrom: "New message from {0}: {1}" | "Neue Nachricht von {0}: {1}" | "رسالة جديدة من {0}: {1}";
    NewMany: "New messages: {0}" | "Neue Nachrichten: {0}" | "رسائل جديدة: {0}";
    SentNow: "The network accepted the reply." | "Das Netz hat die Antwort angenommen." | "قبلت الشبكة الرد.";
    // Who can read
    VisPublic: "public" | "öffentlich" | "علني";
    VisUnlisted: "unlisted" | "nicht gelistet" | "غير مدرج";
    VisFollowers: "followers" | "Follower" | "المتابعون";
    VisDirect: "private" | "privat" | "خاص";
    VisInternal: "internal" | "intern" | "داخلي";
    // Labels that the bundled triage gives; others are shown as they are
    LabelQuestion: "question" | "Frage" | "سؤال";
    LabelComplaint: "complaint" | "Beschwerde" | "شكوى";
    LabelThanks: "thanks" | "Dank" | "شكر";
    LabelSpam: "spam" | "Spam" | "رسائل مزعجة";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_the_same_places_in_every_language() {
        let places = |text: &str| (0..3).filter(|n| text.contains(&format!("{{{n}}}"))).collect::<Vec<_>>();
        for word in ALL {
            let english = word.in_lang(Lang::En);
            for lang in [Lang::De, Lang::Ar] {
                let text = word.in_lang(lang);
                assert!(!text.is_empty(), "{word:?}");
                assert_eq!(places(text), places(english), "{word:?} in {lang:?}");
            }
        }
    }

    #[test]
    fn values_take_their_places_and_are_not_read_as_places() {
        assert_eq!(fill("{0} handed it to {1}", &["Mia", "{0}"]), "Mia handed it to {0}");
        assert_eq!(fill("no {x} here {9} {", &["a"]), "no {x} here {9} {");
    }

    #[test]
    fn a_locale_finds_its_language_and_direction() {
        for (locale, lang) in [("ar-EG", Lang::Ar), ("de", Lang::De), ("DE_AT", Lang::De), ("pt-BR", Lang::En), ("", Lang::En)] {
            assert_eq!(Lang::of(locale), lang, "{locale}");
        }
        assert_eq!(Lang::Ar.dir(), "rtl");
    }
}
