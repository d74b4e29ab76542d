"""Words of the remarks a rewriter makes, as alternatives of regular expressions: stems of some twenty languages."""

ASSENT = (
    r"sure(?: thing)?|certainly|of course|absolutely|definitely|ok(?:ay)?|alright|got it|understood|"
    r"no problem|gladly|great|yes|happy to help|thanks|thank you|hello|hi|claro(?: que sí)?|por supuesto|"
    r"de acuerdo|entendido|con gusto|bien sûr|d['’]accord|certainement|avec plaisir|voilà|natürlich|gerne?|"
    r"selbstverständlich|klar|sicher|in ordnung|certo|certamente|ecco(?: fatto)?|va bene|naturalmente|"
    r"com certeza|natuurlijk|zeker|uiteraard|конечно|хорошо|разумеется|понял|звичайно|добре|oczywiście|jasne|"
    r"pewnie|elbette|tabii(?: ki)?|tamam|chắc chắn(?: rồi)?|vâng|được|tentu(?: saja)?|baik(?:lah)?|självklart|"
    r"javisst|selvfølgelig|بالتأكيد|بالطبع|حسن[اًا]*|طبعا|ज़रूर|जरूर|बिल्कुल|ठीक है|البته|حتما|בטח|כמובן|好的?|"
    r"当然(?:可以)?|當然(?:可以)?|没问题|沒問題|明白(?:了)?|可以|はい|もちろん(?:です)?|承知しました|わかりました|"
    r"네|예|물론(?:입니다|이죠)?|알겠습니다"
)
"""Says yes, and no more."""
SHORT = (
    r"short\w*|concise\w*|condens\w+|compress\w+|compact\w*|brief\w*|abbreviat\w+|abridg\w+|summar\w+|"
    r"simplified|streamlin\w+|trimm\w+|succinct\w*|terse\w*|tight\w*|tl;?dr|rewrit\w+|rewrote|re-?phras\w+|"
    r"reword\w+|minimal\w*|clean\w*|(?:more )?(?:direct|to.the.point)|breve\w*|breviad\w+|abreviad\w+|"
    r"resum\w+|concis\w+|conden\w+|acortad\w+|encurtad\w+|simplificad\w+|reescri\w+|reduzid\w+|reducid\w+|"
    r"brève|bref|abrég\w+|résum\w+|raccourci\w*|simplifié\w*|réécri\w+|courte?|kurz\w*|kürz\w+|gekürzt\w*|"
    r"verkürzt\w*|knapp\w*|kompakt\w*|zusammen(?:fass|gefass)\w+|komprimiert\w*|vereinfacht\w*|umgeschrieb\w+|"
    r"umformulier\w+|gestrafft\w*|riassun\w+|sintetic\w+|sintesi|accorciat\w+|semplificat\w+|riscritt\w+|"
    r"abbreviat\w+|enxut\w+|kort\w*|verkort\w*|ingekort\w*|beknopt\w*|samen(?:vat|gevat)\w*|herschreven|"
    r"bondig\w*|förkort\w+|sammanfatt\w+|кратк\w+|сокращ\w+|сжат\w+|коротк\w+|упрощ\w+|лаконич\w+|"
    r"переписан\w+|стисл\w+|скорочен\w+|krótk\w+|skróc\w+|zwięz\w+|streszcz\w+|kısa\w*|özet\w*|sadeleştir\w+|"
    r"ngắn gọn|rút gọn|tóm tắt|cô đọng|(?:di)?(?:per)?singkat\w*|ringkas\w*"
)
"""Says that a text is short, or written anew."""
FORM = (
    r"version\w*|solution\w*|reasoning|rationale|explanation\w*|answer|take|chain.of.thoughts?|steps?|"
    r"walk.?through|derivation|work(?:ing|out)?|proof|response|breakdown|approach|calculations?|process|"
    r"thoughts?|text|form|way|rewrite|rendition|draft|versión|solución|razonamiento|explicación|respuesta|"
    r"pasos|proceso|raisonnement|explication|réponse|étapes|démarche|lösung\w*|fassung|überlegung\w*|"
    r"begründung|erklärung|antwort|rechnung|rechenweg|lösungsweg|gedankengang|herleitung|versione|soluzione|"
    r"ragionamento|spiegazione|risposta|passaggi|versão|solução|raciocínio|explicação|resposta|passos|versie|"
    r"oplossing|redenering|uitleg|antwoord|lösning\w*|resonemang|версия|вариант|решени\w+|рассуждени\w+|"
    r"объяснени\w+|ответ|версія|розв['’]яз\w+|міркуванн\w+|пояснен\w+|відповідь|wersja|rozwiązanie|"
    r"rozumowanie|wyjaśnienie|odpowiedź|çözüm\w*|sürüm\w*|akıl yürütme|açıklama\w*|cevap|yanıt|versiyon\w*|"
    r"lời giải|phiên bản|suy luận|giải thích|solusi\w*|versi|penalaran|penjelasan|jawaban"
)
"""Names what was written."""
PRESENTS = (
    r"here(?:['’]s| is| are| you go| goes| it is)?|below|the following|this is|that is|as (?:you )?(?:asked|"
    r"requested)|voici|ci-dessous|hier(?: ist| is| sind| folgt)?|im folgenden|nachfolgend|aquí(?: tienes|"
    r" está| te dejo)?|a continuación|ecco|di seguito|aqui(?: está| vai)?|segue|abaixo|hieronder|вот|ниже|ось|"
    r"нижче|oto|poniżej|işte|aşağıda\w*|đây là|dưới đây|berikut|ini(?:lah)?|här(?: är)?|her er"
)
"""Points at what follows."""
SIGNS_SHORT = (
    r"精[简簡炼煉]|[简簡](?:化|短|洁|潔|要|明|略|练)|缩短|縮短|压缩|壓縮|浓缩|濃縮|概括|短く|短縮|短い|要約|간결|"
    r"간단|짧|요약|축약|압축|줄인|مختصر|موجز|ملخص|"
    r"مقتضب|خلاصه|کوتاه|فشرده|संक्षिप्त|संक्षेप|छोट|सारांश|מקוצר|מתומצת|קצר"
)
"""The same as `SHORT` in scripts where words are not told apart by `\\b`."""
SIGNS_FORM = (
    r"版|解[答法说釋释説]|推理|[过過]程|答案|回答|思路|説明|풀이|설명|버전|추론|해설|과정|답변|الحل|حل|نسخة|"
    r"استدلال|تفسير|إجابة|شرح|راه|پاسخ|"
    r"نسخه|توضیح|समाधान|हल|संस्करण|तर्क|व्याख्या|उत्तर|פתרון|גרסה|הסבר"
)
SIGNS_PRESENT = (
    r"以下|下面|[这這]是|[这這]里|如下|次の|こちら|다음|아래|여기|إليك|هذا|هذه|فيما يلي|اینجا|در زیر|यहाँ|यहां|"
    r"यह रहा|הנה|להלן"
)
REDONE = (
    r"I(?:['’]ve| have|['’]ll| will|['’]m| am)? (?:also |just |now |only |then )?(?:going to )?(?:removed?|"
    r"omit(?:ted)?|shorten(?:ed)?|cut(?: out)?|trim(?:med)?|left out|skipped|condensed?|simplif(?:y|ied)|"
    r"rewr(?:ite|ote|itten)|rephrased?|streamlined?|eliminated|dropped|preserved|retained|kept|tried|merged|"
    r"combined|made|ensured|aimed)|(?:this|the|my|that) (?:shorter |rewritten |condensed |concise |new |"
    r"revised )?(?:version|rewrit\w+|solution|reasoning|text) (?:is|removes|keeps|omits|cuts|retains|"
    r"preserves|maintains|leaves|skips|has been|was)|^(?:removed|omitted|left out|cut|kept|dropped|eliminated|"
    r"condensed|shortened)\b.{0,60}\b(?:redundan|restat|filler|check|repet|repeat|unnecessary|verif|verbos|"
    r"steps|original|length|clarity)\w*|(?:he|hemos) (?:eliminado|omitido|quitado|acortado|conservado|"
    r"mantenido|resumido|reducido)|j['’]ai (?:supprimé|omis|retiré|raccourci|conservé|gardé|résumé|enlevé)|"
    r"ich habe .{0,80}(?:entfernt|weggelassen|gekürzt|ausgelassen|beibehalten|gestrichen|zusammengefasst)|"
    r"ho (?:rimosso|omesso|eliminato|accorciato|mantenuto|tolto)|(?:eu )?(?:removi|omiti|eliminei|encurtei|"
    r"mantive|retirei)|ik heb .{0,80}(?:verwijderd|weggelaten|ingekort|behouden)|я (?:убрал|удалил|сократил|"
    r"опустил|сохранил|пропустил)\w*|(?:usun|pomin|skróci)\w+em"
)
"""Tells what was done to a text."""
SIGNS_REDONE = (
    r"我?(?:删除|刪除|删去|去掉|省略|移除|保留|精简|简化)了|"
    r"(?:を|は)?(?:削除|省略|短縮|要約)(?:しました|しています)|(?:제거|생략|삭제|축약|요약)(?:했|하였)"
)
OFFERS = (
    r"let me know|feel free|(?:I )?hope (?:this|that|it)|if you(?:['’]d)? (?:would )?(?:like|want|need|have|"
    r"prefer)|would you like|do you want me|is there anything|(?:I['’]m |I am )?happy to|don['’]t hesitate|"
    r"please (?:let|tell)|any (?:other |further )?questions|(?:déjame|dime|avísame|hazme saber|espero que)|"
    r"n['’]hésite[zs]|(?:fais|faites)[- ](?:le[- ])?moi|j['’]espère|lass(?:en)? (?:es |sie )?mich|"
    r"sag(?:en sie)? (?:mir )?bescheid|ich hoffe|falls du|wenn du|fammi sapere|spero che|se (?:vuoi|"
    r"hai bisogno|precisar|quiser)|me avise|espero que|laat (?:het )?me|дай(?:те)? (?:мне )?знать|"
    r"если (?:нужно|хотите|вам)|надеюсь|daj znać|mam nadzieję|umarım|isterseniz|hy vọng|nếu bạn|semoga|"
    r"beri tahu|hoppas"
)
"""Offers more, at the head of a sentence."""
SIGNS_OFFERS = (
    r"如(?:果你?|有)?(?:需|还有|想)|希望(?:这|對|对|能)|[请請]告[诉訴]|お役に立|必要であれば|ご(?:質問|不明)|"
    r"도움이 되|필요하(?:시)?면|알려\s?주|أخبرني|آمل|"
    r"إذا (?:كنت|أردت)|امیدوارم|आशा है"
)
COUNTS = (
    r"(?:word|token|character) count\b|(?:about |roughly |≈|~)?\d{1,3} ?(?:%|percent) (?:shorter|fewer|less)|"
    r"\(?\d{1,5} (?:words|tokens)\)?$|字数"
)
"""Counts what was written."""
