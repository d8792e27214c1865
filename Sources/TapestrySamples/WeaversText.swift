/// Texts for examples that are given no file.
public enum SampleText {
    /// Dialogues and letters of the weavers of Harrowbeck: plain ASCII, written for this package and under its license.
    public static let weavers = """
        The weaving shed, before the bell. Grey light in the long windows.

        Hannah:
        You are early, Silas. The lamps are not lit, and the river is still asleep under
        the wheel.

        Silas:
        I am old, and the old are always early. It is the one thing we do faster than
        the young. Sit down, Hannah Pell. Your warp is slack on the left side.

        Hannah:
        My warp was good last night. I tied it in myself, thread by thread, and I
        counted as I went.

        Silas:
        Then the night has been at it. Damp comes up from the river and loosens what we
        tie. Put your hand here. Now here. Do you feel it?

        Hannah:
        I feel that one side is a drum and the other is a wet rope.

        Silas:
        Then you know more than the master, who has never put his hand on anything but
        paper. Take up the slack before the bell. The bell will not wait, and neither
        will Mr. Crowe.

        Hannah:
        How did you know it from across the room?

        Silas:
        I listened. A good warp is quiet. A slack warp complains, and nobody hears it
        but the one who has been complained to for fifty years.

        The bell begins. The belts stir on their pulleys, and one after another the
        looms wake.

        Crowe:
        To your places. To your places, all of you. Pell, why are you standing?

        Hannah:
        I am taking up a slack warp, Mr. Crowe. It is nearly done.

        Crowe:
        Nearly is not a word I can write in the book.

        Hannah:
        Then leave the page white for a minute, and I will give you a better word.

        Crowe:
        You have a sharp tongue for a girl with eight looms to choose from and four to
        mind.

        Silas:
        Let her be, Mr. Crowe. A minute at the start of the cloth saves a yard at the
        end of it. You told me so yourself when you were a boy and I was your master.

        Crowe:
        I was never a boy in this shed, Silas. I was only short. One minute, Pell, and I
        shall count it.

        My dear Martha,

        I promised to write on the first Sunday, and this is the second, so you may
        scold me for seven days and forgive me on the eighth. I am well. The room is
        small and clean, and it looks over Loom Street to the river, which goes past all
        day as though it had somewhere better to be. Mrs. Dunning keeps the house. She
        has buried two husbands and a great many cats, and she speaks of all of them
        with the same regret.

        I have four looms. Do you remember how we laughed at Aunt Alice, who could knit
        and read and rock the cradle with her foot? Now I laugh no longer. A weaver with
        four looms has need of eight hands and the eyes of a hen. When one shuttle stops
        I must be there before the others know that I am gone. At night I lie down and
        the bed goes on shaking.

        There is an old man here called Silas Wray who wove by hand before the mill was
        built. They keep him to mend what the rest of us spoil. He says little, but what
        he says stays with me. Yesterday I had a fault in my cloth and could not find
        where it began. He told me never to look for the start of a fault from the start
        of the cloth. Begin at the last thread, he said, and walk back, and ask each
        thread what it did. By the time you come to the first, you will know whose fault
        it was, and how much.

        I think it is the wisest thing that I have heard in Harrowbeck, where the wisdom
        is mostly about rain.

        Write to me. Tell me whether the brown hen is forgiven, and whether Father has
        mended the gate or only talked of it.

        Your loving sister,
        Hannah

        The yard behind the mill, at noon. Ruth and Hannah on an upturned skip, sharing
        bread.

        Ruth:
        You put salt on it? In my house salt was for Sundays and for fish.

        Hannah:
        In mine it was for everything. My father says that bread without salt is only a
        sponge with ambitions.

        Ruth:
        I should like your father. Does he weave?

        Hannah:
        He keeps sheep, or they keep him. There has never been an account drawn up. And
        yours?

        Ruth:
        Mine was a tackler in this same mill, until the belt took his arm. Then he was a
        watchman, and then he was a story that my mother told. My brother Tom is a
        tackler now. I ask him every morning whether he has counted his arms, and he
        says that he leaves the counting to me.

        Hannah:
        Is that Tom Arkle, who mends the looms at the river end? He has been at my
        second loom three times this week, and it was not broken until he came.

        Ruth:
        Three times? Then he is slower than I thought, or cleverer.

        Hannah:
        He told me that the picking stick was tired.

        Ruth:
        Picking sticks are never tired. They are made of ash, and ash does not know how.
        Tom is tired, of eating his bread alone. I say it plainly, because he never
        will.

        Hannah:
        There is the bell. You might have kept that until I had finished my bread.

        Ruth:
        The bell will not wait, and neither will I. Come, give me your hand. And walk
        past the river end slowly, if you have any pity.

        The shed. Tom Arkle is lying under a loom, so that only his boots can be seen.

        Tom:
        Who is there? If it is Mr. Crowe, I am nearly done. If it is anybody else, I
        have not begun.

        Hannah:
        It is the owner of the tired picking stick.

        Tom:
        Ah. Then I have been done for an hour, and I was only admiring it from below.
        Mind your skirt, there is oil.

        Hannah:
        There is oil on everything that you have mended, Tom Arkle. I could find my way
        home by it in the dark. Tell me plainly, what was wrong with it?

        Tom:
        Plainly? A pin was worn. I could have put in a new one on Monday, and it would
        have been over. But a loom is like a person, it does not tell you everything the
        first time. So I put in half of the work on Monday, and listened, and another
        half on Wednesday.

        Hannah:
        And today?

        Tom:
        Today I ran out of halves, so I have come to say so.

        Hannah:
        My sister would like you. She collects honest liars.

        Tom:
        And you?

        Hannah:
        I collect nothing. I have four looms and a small room. But I eat my bread in the
        yard at noon, and there is space on the skip for three, if the third one washes
        his hands.

        Dear Hannah,

        The brown hen is forgiven. She came to the door on Thursday with such a look of
        having been wronged that Mother gave her barley, and now the others have all
        learned to look wronged, and we cannot afford it.

        Father has not mended the gate. He has talked of it, he has drawn it on the back
        of the seed bill, and he has walked round it with his hands behind him. On
        Saturday he said that the gate was a question of principle. Mother said that the
        sheep were out on the road, where there were no principles, and went herself
        with a hammer. The gate is now mended, and Father says that it is much as he
        drew it.

        I read your letter aloud by the fire. When I came to the old man and the fault
        in the cloth, Father took his pipe from his mouth and said that it was so with
        sheep. When the flock is lost you do not ask the first sheep, who was only
        walking. You ask the last one who saw the dog.

        I miss you at both ends of the day. In the middle there is too much to do. Do
        you eat? You write of bread, and I do not trust a letter that stops at bread.

        Is it true that there are libraries in towns, where one may take a book home and
        bring it back and not be thought strange? If it is true, find out what it costs,
        and do not tell Mother that I asked.

        Your sister, who is rocking no cradle yet and has no wish to,
        Martha

        Loom Street, evening. Mrs. Dunning at her door with a cat under each arm.

        Dunning:
        You are late, Miss Pell. The soup has gone through three conditions and is
        entering a fourth.

        Hannah:
        We stopped to look at the water. It has come up a foot since morning, and it was
        carrying branches.

        Dunning:
        My first husband used to look at water. He looked at it for eleven years, and
        then one evening it looked back. Come in and shut the door. Who is we?

        Hannah:
        Ruth Arkle and her brother.

        Dunning:
        Arkle. I knew the father. A careful man with one arm, who had been a careless
        man with two. Is the brother careful?

        Hannah:
        He counts his arms every morning, or says that he does.

        Dunning:
        Then he is a man who can be taught. Take this cat. No, the other one, she is in
        a better temper. Sit, eat, and tell me the price of wool, for I like to hear of
        things going up that I do not have to climb.

        Night. The weaving shed is dark but for one lamp, where Silas is mending a
        length of cloth. Jonah, the bobbin boy, holds the light.

        Jonah:
        Why must it be done at night, Silas? My arm is going to sleep without me.

        Silas:
        Because by day there are forty looms shaking the floor, and a needle is a small
        thing to hold in an earthquake. Higher. There. Do you see the fault?

        Jonah:
        I see a line, no thicker than a hair.

        Silas:
        That is where it shows. It is not where it began. Any fool can see where a fault
        shows, and most fools stop there, and cut, and are pleased with themselves. Now
        go back with me. What came before this thread?

        Jonah:
        Another thread, and it looks well enough.

        Silas:
        Looks. Put your finger on it. Does it carry its share?

        Jonah:
        A little less than its share. Not much.

        Silas:
        Then write down a little, and go back again. And the one before?

        Jonah:
        That one carries more than it should.

        Silas:
        Because its neighbour was lazy. So we do not blame it, we only remember it.
        Thread by thread, Jonah. Each one tells you what it was given and what it gave,
        and it is only the difference that we take along with us.

        Jonah:
        How far must we go?

        Silas:
        To the first thread, if need be. I have gone back the length of a whole piece,
        sixty yards, and found at the end of it a knot that I had tied myself on the
        morning that my daughter was born. My mind had been elsewhere. The cloth had
        remembered, though I had not.

        Jonah:
        Were you angry?

        Silas:
        I was glad. I had been blaming the loom.

        Jonah:
        My arm has woken up now. It says that it wants to learn this.

        Silas:
        Then change hands, and tell the other one to listen. We shall begin again at the
        end.

        To the Overlooker of the Upper Shed, Corrow Mill.

        Sir,

        You ask for my account of the stoppage on Tuesday, and I give it as I saw it,
        without ornament.

        At the half hour after six the belt on the third shaft began to walk. I use the
        word of the trade, for a belt that leaves its place by inches does walk, and in
        no hurry. I called to the engine house to slow. The engine house did not hear
        me, or heard me and was at breakfast. I then took the long pole and held the
        belt to its pulley for as long as I was able, which the women tell me was four
        minutes, and which I should have put at a year.

        In that time Hannah Pell and my sister Ruth went along the row and threw off
        every loom by hand, twenty of them, one after another, so that when the belt
        came away there was no load upon it and it fell like a tired dog. Nobody was
        hurt. Two shuttles were broken and one hat, which was mine.

        You ask who gave the order to stop the looms. Nobody gave it. If there is to be
        a fine for the stopping, I ask that it be set beside what it would have cost to
        bury somebody, and that the smaller sum be paid.

        Your obedient servant,
        Thomas Arkle, tackler

        The counting house. Crowe at a high desk. Hannah and Ruth before it.

        Crowe:
        Twenty looms stopped without an order. I have been forty years in this mill, and
        I have never had to find a line for it in the book.

        Ruth:
        Then rule a new line, Mr. Crowe. There is room at the bottom, under weather.

        Crowe:
        You are pleased to be funny, Ruth Arkle. I do not say that you did wrong. I say
        that it has no name. A thing without a name cannot be entered, and a thing that
        is not entered did not happen, and for a thing that did not happen I cannot pay
        you for the lost hour.

        Hannah:
        Then give it a name. Call it care.

        Crowe:
        Care?

        Hannah:
        You have a line for oil, and a line for leather, and a line for broken glass.
        All of those are care that was bought. This was care that was given. It ought to
        stand beside them at its price.

        Crowe:
        And what is its price?

        Hannah:
        One hour, for two weavers, and a hat.

        Crowe:
        I shall think about the hat. You may go, both of you. Pell, a word. It was you
        who saw the belt first?

        Hannah:
        It was Silas. He heard it. He lifted his head as a dog does, and looked at the
        third shaft, and after that I looked too.

        Crowe:
        He taught me to hear a belt, when I was short. I had forgotten that I could.
        Shut the door behind you, and do not run on the stairs.

        My dear Martha,

        There is a library. It is above the corn exchange, up a stair so narrow that two
        readers cannot pass, and so everyone who goes up must wait until everyone has
        come down, and a good deal of conversation is carried on upon the landing. It
        costs a penny a month. I have paid the first penny in your name as well as mine,
        because the librarian, Miss Edith Marsh, asked me whether I read quickly, and I
        was ashamed, and said that I had a sister.

        She is a tall woman with ink on her cuff. She looked at my hands and said that
        weavers were her best readers, because they know that a thing is made in order,
        and do not look at the last page. I did not tell her that I always look at the
        last page. I did not tell her about Silas, either, who would say that it is the
        only honest place to begin.

        We had an accident that did not happen. Tom has written a report of it, and Mrs.
        Dunning, who was shown the report, said it was the best thing that she had read
        since her second husband's will. Nobody was hurt, so you need not read this part
        to Mother. The belt came down where I had been standing, but I was not standing
        there. I had gone along the row with Ruth to throw off the looms. My hands did
        it. I only came behind them, and was surprised.

        I think about that. All my life I have been told to look before I act, and on
        Tuesday I acted and then looked, and it was well. Perhaps hands that have done a
        thing a thousand times may be allowed to go first.

        The river is high. Every evening we go to the bridge to see how high. Tom says
        that he goes to look at the water, and Ruth says that the water must be
        flattered.

        I send you by the carrier a book about islands. Bring it back in a month, or I
        shall be thought strange.

        Your loving sister,
        Hannah

        The bridge at Harrowbeck, after rain. The water is brown and loud.

        Tom:
        There goes a door. That is the second today. Somewhere up the valley there is a
        man who cannot go out.

        Hannah:
        Or who cannot stop going out. Listen to it. It sounds like the shed.

        Tom:
        It is the shed. The same water that is shouting here was turning your looms an
        hour ago. I have sometimes thought that we are only a kind of detour that the
        river takes, on the way to being sea.

        Hannah:
        That is a sad thing to think.

        Tom:
        Is it? I find that it steadies me. When Mr. Crowe is on at me about a belt, I
        say to myself, the river is going through, and you are standing in it with a
        pole, and it was good of it to stop and turn a wheel.

        Hannah:
        Do you never want to go on with it? Down to the port, and out?

        Tom:
        My brother Edmund did. He writes twice a year, to say that it is hot. I asked
        him once what he did with his days, and he wrote back that he watched a machine
        which watched another machine. I can do that at home.

        Hannah:
        I wanted to go somewhere. I wanted it so much that I came here, which is eleven
        miles, and now when I think of going somewhere I think of coming home, and I
        cannot tell any more which house I mean.

        Tom:
        That is easily tested. When you are wet and cold, and it is dark, and you have
        no time to think, which way do your feet turn?

        Hannah:
        They turn to Loom Street.

        Tom:
        Well then.

        Hannah:
        It is the soup. Do not look so pleased, Tom Arkle, it may only be the soup.

        The library, above the corn exchange. Miss Marsh on a ladder. Jonah at the foot
        of it with his cap in both hands.

        Marsh:
        You need not hold it as though it would escape. Put it on your head or on the
        chair. What is it that you want to read?

        Jonah:
        Please, miss, I want a book that tells how a thing is found out. Not what was
        found. I have had books that say what was found, and they go by too fast.

        Marsh:
        That is the best question that anyone has brought up those stairs since the
        thaw. Who sent you?

        Jonah:
        Nobody sent me. Silas teaches me to mend, at night. He can go back along a cloth
        and say of every thread how much it had to do with a fault. But when I ask him
        how he knows, he says that he knows it in his thumb, and my thumb does not know
        anything.

        Marsh:
        A thumb is a slow book, but it is a good one. Let me see. Here is one on the
        motion of water. Here is one about a man who weighed the air. This one will be
        too hard for you.

        Jonah:
        Then I will have that one, please.

        Marsh:
        Will you? It has no pictures, and the sentences are as long as a rope walk.

        Jonah:
        A rope is only short threads that hold on to one another, miss. I can hold on.

        Marsh:
        Write your name here. Under Miss Pell, and above nobody. When you come to a
        sentence that will not let you pass, bring it to me, and we shall take it apart
        on the landing.

        Jonah:
        And if you cannot pass it either?

        Marsh:
        Then we shall both be standing there, and it will be less lonely for the
        sentence.

        Dear Tom,

        It is hot. I know that I always say so, and I know that you always laugh, but if
        you stood where I stand, between the boiler and the sea, you would say it too
        and think that you had said everything.

        I have your letter of the spring. It came by way of two wrong ships and a
        lighthouse. So there is a girl who eats her bread with salt. You write four
        pages, of which three are about a belt and a hat, and I read them all with care,
        as one goes through a drawer of rags because there may be a coin in it. On the
        fourth page I found the coin. You say that she walks past the river end slowly.
        Brother, I have been away for nine years, and there are many things that I have
        forgotten about Harrowbeck, but I have not forgotten that nobody walks slowly
        there without a reason.

        You ask whether I am coming home. I ask it too. I have a place here, and a
        window, and a parrot which was left to me by a cook. It speaks a language that
        nobody knows. I have come to think that it made the words up itself, in the dark
        of some ship, for want of company, and that they are about what all words are
        about.

        When Father lost his arm he told me that he could still feel the hand. He said
        that on wet days it was holding something, and he could never see what it was. I
        feel the town like that. I could not tell you what I hold there, but on wet days
        I am holding it.

        Give Ruth my love, and ask her what she was going to say to me on the platform
        when the whistle blew. I have had nine years to guess, and I should like to be
        told how near I came.

        Your brother,
        Edmund

        The yard, at noon. Ruth is reading a letter. Tom looks at the sky.

        Ruth:
        What I was going to say on the platform! I was going to say that he had left his
        good boots under the bed.

        Tom:
        And had he?

        Ruth:
        He had. I wore them for two winters with paper in the toes. For nine years that
        man has been guessing at some great word, and it was boots.

        Tom:
        Do not tell him.

        Ruth:
        I tell people things. It is my whole character. What would you have me write?

        Tom:
        Write that he came very near.

        Ruth:
        That is a lie, Tom.

        Tom:
        It is not. Consider it. You run the length of the platform, with the train
        already moving, and the whole of what you feel is in your mouth, and what comes
        out is boots. If he has guessed the whole of what you felt, then he has guessed
        it. The boots were only how it was spelt.

        Ruth:
        Sometimes I think that you are the clever one, and that it has been kept from us
        for your own good. Very well. He came very near. Shall I say that the boots are
        worn out?

        Tom:
        Say that they were a good fit.

        Hannah:
        What are you two whispering about? Move along, there is room for three.

        Ruth:
        We are mending a letter. Sit by Tom, I need my elbow. Tell me, Hannah, if a man
        had been nine years away, and you could say only one word to bring him home,
        what word would you say?

        Hannah:
        Soup.

        Tom:
        There. I told you it was the soup.

        A wet morning. The shed. The looms are going, and those who speak must put their
        mouths to one another's ears, or be read by the lips.

        Crowe:
        Pell. The piece from your third loom is on my table.

        Hannah:
        Is there something wrong with it?

        Crowe:
        That is what I have come to ask you. I have been over it twice with the glass.
        There is nothing wrong with it. In all my time I have not had a piece on my
        table with nothing wrong.

        Hannah:
        You sound as though you were going to fine me.

        Crowe:
        I do not know what I am going to do. Who taught you to keep the edge like that?

        Hannah:
        Nobody taught me, Mr. Crowe. I keep a little back. When the shuttle comes to the
        edge I forget a little of what it was doing, and when it turns I let in a little
        that is new. If I forget too much, the edge is weak. If I let in too much, it is
        thick. And what I keep I do not show, until it is wanted.

        Crowe:
        A little forgotten, a little let in, and a little shown.

        Hannah:
        It is like three small gates in a wall, and somebody standing at each one. I did
        not know that I did it. I had to watch my hands before I could tell you.

        Crowe:
        Could you teach it?

        Hannah:
        I can say it plainly. Whether that is teaching, the others must tell you.

        Crowe:
        I shall send you two girls from the lower shed on Monday, and a penny more on
        the piece. Do not thank me. I have to enter it under something, and I shall put
        it under care.

        My dear Hannah,

        I have read the book about islands, and now I do not like our pond. I used to
        think it was large. Please send me another, about something that is not so far
        away, or I shall be discontented by harvest.

        Here is the news, in the order that it happened and not in the order of its
        weight, since that is how you ask for it. The ram got into the chapel. Father
        was made a warden, on the same day, though nobody says that the two are
        connected. Cousin Peter has asked for my hand again, and I told him once more
        that I have only the two and need them both. The well is low, then it rained,
        then the well was not low. And I have been offered a place.

        There, I put it last, so you may walk back from it as your old man does and find
        out how I feel by what I put before it. It is at the school. Miss Lowe is going
        to be married, and they want someone for the little ones who can read and is not
        afraid of noise. I said that I had eleven hens and a father, and that noise was
        no stranger to me.

        But it is for the whole year, Hannah, and if I take it I shall not come to
        Harrowbeck in the autumn as we planned. I should be the one who stayed. I always
        thought that I was only staying for a while, as one stands at a door with a hand
        on the latch. Now they offer me a chair.

        What would you do? I do not ask what I ought to do, for Mother has told me that,
        and so has Father, and they were different. I ask what you would do, in my
        boots, in my place, with the pond.

        Your sister,
        Martha

        Hannah's room. Candle. Mrs. Dunning has come up with a cat and has not gone down
        again.

        Dunning:
        You have been looking at that sheet for an hour, and there is nothing on it but
        my dear.

        Hannah:
        It is a hard letter. My sister asks me what I would do, and if I say that I
        would take the place, then I lose her for a year. If I say that I would not,
        then I have her, and she has a pond.

        Dunning:
        My second husband asked me once whether he should go to sea. I said, what do you
        want to do? He said, I want you to tell me. So I told him to go.

        Hannah:
        And did he?

        Dunning:
        He went as far as the gate, came back, and said that he had only wanted to see
        what it would feel like to be told. He lived another nineteen years in that
        chair, and was never seasick. You cannot tell with people. You can only say the
        thing plainly and then be there when it comes back.

        Hannah:
        What would you write?

        Dunning:
        I should write that the soup is getting cold, because it is. But I am not a
        writer. Move your elbow, she wants to sit on the blotter.

        Hannah:
        There is ink on her foot now.

        Dunning:
        Then that is one word more than you had. Good night, Miss Pell. Put the candle
        out before it puts you out.

        My dear Martha,

        The mark at the top of this page is the foot of Mrs. Dunning's third cat, and it
        is the most decided thing in the letter, so I have let it stand.

        You ask what I would do. I have sat here since the supper bell, and I find that
        I can only tell you what I did. I was offered a place, and I took it, and I
        cried as far as the second milestone. At the third I was hungry. At the fourth a
        man with a cart of turnips took me up, and told me about his knee, and by the
        time we came down the hill I had begun to wonder what was for supper in the
        town. I do not say that I was happy. I say that the milestones went by, and each
        of them had a little less of home in it and a little more of what was coming,
        and there was never one of which I could say, here I stopped being the one and
        began to be the other.

        I asked Silas. I told him the whole of it while he mended. He said that a weaver
        carries something along from thread to thread that is not in any of the threads.
        You could not cut it out and show it to anybody. It is only what the cloth knows
        so far. At every pick a little of it is let go and a little is taken in, and
        that is all that pattern is. Then he bit off his thread and said that sisters
        were the same, and that eleven miles was not a great width for a loom.

        So take the chair, if you want the chair. I shall come to you in the autumn
        instead of your coming to me, and I shall bring the soup in a can. And if the
        noise is too much, and the little ones are as bad as the hens, then write to me
        and I will walk out that same night as far as the third milestone, and you walk
        in as far as the third from your side, and we will sit there until one of us is
        hungry.

        I have left out what I want. You may find it by walking back from the end.

        Your loving sister,
        Hannah

        The shed, Monday. Two girls from the lower shed, Nell and Susan, stand before
        Hannah's looms.

        Nell:
        Mr. Crowe says that we are to watch your hands.

        Hannah:
        Then he has given you the wrong lesson. If you watch my hands you will learn
        what my hands look like. Shut your eyes.

        Susan:
        In the shed? With the belts going?

        Hannah:
        I have hold of your sleeve. Now, what do you hear?

        Nell:
        Noise.

        Susan:
        I hear four looms. No, I hear three, and one that is behind the others.

        Hannah:
        Which?

        Susan:
        That one. It limps.

        Hannah:
        It limps. Good. That loom drops its shuttle a hair late, and whatever it makes
        will have one thick thread in thirty. Nell, listen for the limp. Do not listen
        for anything else.

        Nell:
        Still noise. Noise, noise. Oh. There it is! Now I cannot hear anything else.

        Hannah:
        Nor will you ever again. I am sorry for it. That is what learning is, you pay
        for it with not being able to stop. Open your eyes. Now tell me how much it is
        late.

        Susan:
        How should we know how much?

        Hannah:
        Push the stick a hair forward. Is it better or worse?

        Susan:
        Worse.

        Hannah:
        Then a hair the other way. Better or worse?

        Nell:
        Better. But now it is early.

        Hannah:
        Then half of a hair back. You need not know where you are going. You need only
        know, each time, whether it is better or worse, and which way, and not be greedy
        about the size of the step. I have seen big men take a loom to pieces because
        they were ashamed of taking small steps.

        Nell:
        Is there anything that cannot be mended like that?

        Hannah:
        Silas says that there are two things, pride and the second shaft. Take hold of
        the stick.

        The landing of the library. Jonah and Miss Marsh are sitting on the top stair
        with a book between them.

        Jonah:
        This is the sentence, miss. It begins up here, and it goes over the page, and
        when I come to the end I have forgotten who it was about.

        Marsh:
        Read it to me.

        Jonah:
        I have read it eleven times. Each word is good when I put my thumb on it. It is
        only when I take my thumb away that they fall over.

        Marsh:
        Then let us do as Silas does. What is the last word?

        Jonah:
        Rest.

        Marsh:
        And what is it that comes to rest?

        Jonah:
        The wheel. No, the water. It is the water that comes to rest, and the wheel only
        lets it.

        Marsh:
        And what came before that?

        Jonah:
        It fell. And before it fell it was high. And it was the sun that lifted it, up
        here, four lines ago! So it is the sun that turns the looms. Is that what he
        says? All this time, he was only saying that it is the sun?

        Marsh:
        That is what he says. He was afraid that if he said it too quickly he would not
        be believed.

        Jonah:
        Then we are weaving with the sun, miss, and it has come the whole way round by
        the sea.

        Marsh:
        You had better go home, it is past nine, and I have something in my eye. Leave
        the book, and take the next one. There are two more.

        To Mr. Tobias Crowe, at the counting house of Corrow Mill.

        Dear Mr. Crowe,

        I write as the librarian of this town, and as one who has paid for the privilege
        of saying what she thinks by having nobody to say it to.

        You have in your mill a boy called Jonah Reed, who carries bobbins. I am told
        that he does it well. In the past winter he has had out of my library the book
        of waters, the book of the weight of the air, and both volumes of the large work
        on heat, of which the second had never been opened and had to be cut with a
        knife. He did not only read them, he brought me a list of the places where the
        author was mistaken. I sent the list to the author. I have had a reply, and the
        author says that the boy is right in four places out of six, and asks what
        college he is at.

        I do not ask you to spare him. I know what bobbins are to a mill. I ask only
        whether he might be let go at four on two days of the week, so that I can teach
        him what I have of mathematics, which is not a great deal, and which he will
        have used up by the summer. After that we must find somebody else.

        You may tell me that a mill is not a school. But you were short once, Mr. Crowe,
        and somebody taught you to hear a belt.

        I remain, with respect,
        Edith Marsh

        The counting house. Crowe has the letter in his hand. Silas in the doorway.

        Crowe:
        Come in, Silas, and do not stand there like a bill. Did you know of this?

        Silas:
        I know that the boy holds a lamp steadier than he did.

        Crowe:
        Four places out of six. I have been over the list myself, last night, with a
        pencil. I could follow as far as the second. When I was a boy I wanted to know
        why a wet belt slips and a dry one holds, and I asked you, and do you remember
        what you said?

        Silas:
        I said that it was in the nature of belts.

        Crowe:
        You did. I have thought of it at least once a week for forty years.

        Silas:
        I did not know, Tobias. I was your master, and I was ashamed not to know, so I
        gave you some words to stand where the knowing should have been. I have been
        sorry for it. I never said anything of that kind to the boy. When I do not know
        I tell him so, and we both put it on the shelf and look at it.

        Crowe:
        What is on the shelf?

        Silas:
        A great deal. Why the cloth is better when there is rain. What the cat does on
        Thursdays. Whether a man who has been unjust in a small thing for forty years
        can put it right with an hour, on two days of the week.

        Crowe:
        You are an insolent old man, and I shall miss you when you are dead. What am I
        to enter it under?

        Silas:
        You have a line for care.

        Crowe:
        It is filling up, that line. At the end of the quarter the master will ask me
        what it is, and I shall have to explain it to him. Very well. From four, on
        Tuesdays and Fridays. And tell him that I should like to see the list again,
        when he has done with the third and the fifth.

        My dear Hannah,

        I have the chair. It is small and has a leg that was mended by somebody who did
        not like chairs, and I have sat in it for three weeks and not fallen off.

        There are nineteen of them. The smallest is four years old and came in the first
        morning holding a turnip, which he would not put down, and I did not ask him to.
        He did his letters round it. On the ninth day he put it on my desk and went back
        to his place, and I have seldom been paid so high a compliment. It is here now.
        I am afraid that it cannot be kept.

        I do as your Silas does. When a child has got the wrong sum I do not say that it
        is wrong, but I begin at the answer and say, how did you come here? And before
        that? And before that? We go back hand in hand, and nearly always we come to a
        place where the child stops and says, oh. I have come to live for that. It is
        the smallest word that there is, and I should like to have it on my stone.

        Father comes past at noon and looks in at the window, to see whether I want
        anything mended. Yesterday he stood for so long that the whole class drew him.
        He has taken the drawings home and put them up in the barn, all nineteen, and
        the ewes look at them. In four of them he has three arms. He says that these are
        the best likenesses, since that is how many a man with a gate has need of.

        I was going to be sad, and have not had the time. I say it plainly, so you need
        not walk back from the end to find it.

        But come in the autumn. Bring the soup, and bring the tackler, if he can be
        spared from his arms. Mother pretends that she has not heard of him, and she has
        aired the good blankets twice.

        Your sister, who has a chair,
        Martha

        The bridge, evening. The water is low and clear.

        Hannah:
        You can see the stones today. I did not know that it was so shallow.

        Tom:
        It was only ever shouting. Look, there is the door. The very same one, up
        against the pier. It never got any further than this.

        Hannah:
        Somebody should take it back to that poor man up the valley.

        Tom:
        I thought of it. I went down yesterday and turned it over. It is a good door,
        oak, with the latch still on. I thought that a door like that wants only a wall,
        and a wall wants only a roof, and then one would have to see about a chimney.

        Hannah:
        You have thought about it a good deal.

        Tom:
        I have thought as far as the chimney, and there I stopped. It did not seem right
        to go on with it alone.

        Hannah:
        Tom Arkle, are you telling me that the picking stick is tired?

        Tom:
        I am. I have had it in pieces for a year, and there is nothing the matter with
        it at all. I should have said it plainly on the first Monday, and I was afraid
        that you would say it was mended and send me away.

        Hannah:
        Martha asks whether you can be spared in the autumn. It is eleven miles. There
        is a gate to admire, and some ewes, and a great many drawings of my father.

        Tom:
        I shall have to count my arms.

        Hannah:
        I will count them for you. One. And two. There, they are both here. I should
        keep them where they are for a little, if I were you. It has turned cold.

        The shed, at the hour when the lamps are lit. The master, Mr. Corrow, has come
        down from the hill, which he does twice in a year. Crowe walks beside him with
        the book.

        Corrow:
        It is loud, Crowe. I always forget how loud it is. And warm. Is it good for
        them, to be so warm?

        Crowe:
        It is good for the thread, sir. The weavers have got used to it.

        Corrow:
        Now then, I have been over the accounts, and I find a line here that I do not
        know. Oil, leather, glass. Care. Fourteen shillings and a hat. What is care,
        Crowe?

        Crowe:
        If you please, sir, I could not tell you in a word. I could show you. This is
        the third shaft. In the spring its belt came away, and nobody was under it. That
        is the first entry. This is Hannah Pell, who has taught nine girls to hear a
        late shuttle, so that we have had no thick cloth since midsummer. That is the
        second, the fifth and the sixth.

        Corrow:
        And the hat?

        Crowe:
        The hat was on the tackler, sir. It was, if I may say so, the cheapest hat that
        this mill has ever bought.

        Corrow:
        And who is that old man, sitting under the lamp? He must be eighty. What is he
        entered under?

        Crowe:
        He is not entered, sir. He was here before the book.

        Corrow:
        You there. What are you doing?

        Silas:
        I am going back along this piece, sir, to find out where it went wrong.

        Corrow:
        And have you found it?

        Silas:
        I have found where it shows. I have come back from there by some twenty yards,
        and each thread has owned to a little. I think that by supper I shall come to
        the place.

        Corrow:
        And then what will you do to it?

        Silas:
        To the thread? Nothing, sir. It is woven. But whoever set the loom will be told,
        which way and how far, and tomorrow it will be set a hair otherwise. It is not
        for the sake of this cloth that I go back. It is for the sake of the next.

        Corrow:
        I wish that I had anybody on the hill who could say as much of his day. Crowe,
        keep the line.

        Dear Ruth,

        It is hot, but I shall not say so.

        Your answer came on the mail boat with the flour. I took it up to the window and
        sat down before I opened it, with the parrot on my knee. You say that I came
        very near. I had five guesses, in nine years, and I shall not tell you which
        they were, and I see that I need not, for you do not say to which of them I came
        near. I have therefore decided that it was to all of them.

        I want to tell you what happened next, and you must not laugh. I put the letter
        down and I looked about the room for my boots. I was going to go out and walk on
        the sea wall, as I do when I am pleased. And as I was pulling on the left one I
        thought, as clear as a bell, I left the good pair under the bed. It was the
        first time that they had crossed my mind. I had a good pair, with brass eyes,
        and I left them behind, and somebody must have called it after me, and I never
        heard.

        Was it that, Ruth? You may tell me. I find that I should not mind. There is a
        kind of word that one only says to a person who is expected back.

        I have given notice. The man who is to have my machine came yesterday, and I
        showed him how it watches the other machine, and he asked me how I had stood it,
        and I could not think of anything to tell him but that I had a window. There is
        a ship on the tenth. I have asked the parrot, and it said the long word, the one
        that it keeps for rain.

        Tell Tom to leave the platform clear.

        Your brother,
        Edmund

        The kitchen in Loom Street. Ruth, Hannah, Mrs. Dunning. The letter lies on the
        table beside the bread.

        Ruth:
        He knew. He got there by himself, by way of his own feet, and I have told a lie
        for nothing.

        Hannah:
        It was not a lie, you said that he came near. Now he has come the rest of the
        way. I think that it was kindly done, on both sides.

        Dunning:
        Has he still the use of all his limbs? I ask because the back room is up a
        ladder.

        Ruth:
        As far as I know, Mrs. Dunning. But there is a parrot.

        Dunning:
        I have had two husbands in this house, and seven cats. I do not suppose that a
        bird can surprise me. What does it say?

        Hannah:
        It says a long word, which it keeps for rain.

        Dunning:
        Then it will be hoarse by Christmas. Let him come, I shall put the small stove
        in. And you, Miss Pell, what is that you are doing to my tablecloth?

        Hannah:
        I am sorry. There was a pulled thread, and I was following it back.

        Dunning:
        My mother made that cloth. That thread has been pulled since the year of the
        great frost, when my brother caught it with his knife, and we agreed that it was
        the cat. Leave it as it is. Some faults are company.

        Ruth:
        I should like to have that on my stone.

        Dunning:
        You may, when I have done with it. Pass the salt.

        The third milestone on the road from Harrowbeck, an autumn morning. Mist in the
        fields. Hannah and Tom, with a can of soup between them.

        Tom:
        Is this the place where you were hungry?

        Hannah:
        This is the place. I sat there on that bank with my box and ate the whole of my
        bread, and the salt got into a cut on my hand. I remember thinking that it was
        the last thing I should ever taste of home.

        Tom:
        And was it?

        Hannah:
        No. It was only the last thing before the turnips. How is the soup?

        Tom:
        It is going through a condition. Do you hear somebody singing?

        Hannah:
        It is the wind. No, wait, it is not. It is somebody with no ear at all, singing
        about islands. Martha! Martha, is that you? You were to wait for us at the gate!

        Martha:
        I did wait. I waited for nearly a minute. Then I thought, if I walk in and they
        walk out, we shall have more of the day. Is that him? He has both his arms,
        Hannah, you never told me that he was so symmetrical.

        Tom:
        Good morning. I am told that you collect honest liars.

        Martha:
        I do, but I have so few that are house trained. Give me the can. I can see that
        you have carried it on the one side the whole way, and one of your shoulders has
        come down to look at it. Are you hungry? Mother has been cooking since Thursday.
        She is still pretending that she has not heard of you, so when you come in you
        must be a complete surprise.

        Tom:
        What should I do, to be a surprise?

        Martha:
        Wipe your feet.

        The farm. Father at the gate, with his pipe. Tom on the other side of it.

        Father:
        You will be the young man who mends things.

        Tom:
        I try to, sir. It is a fine gate.

        Father:
        You think so? Look at it again. Do not be polite. What do you see?

        Tom:
        Well, plainly, I see that it has been hung by somebody in a hurry, with a
        hammer, and that it drops an inch at the latch. But the braces are right.
        Whoever thought about it had thought about it for a long time, and whoever made
        it could not wait. I should say that there were two people in this gate.

        Father:
        Thirty years of marriage, and you have read it off a gate. Come through. No,
        lift it, lift it and push. That is the trick of it. You see, I could take up
        that inch tomorrow. I have the wedge in my pocket, I have had it since the
        spring.

        Tom:
        Then why do you not put it in?

        Father:
        Because every time that she comes through here she has to lift it, and every
        time that she lifts it she looks up at the house and says my name, and not
        kindly. I should miss it. You are not married, are you?

        Tom:
        No, sir. I have come to see about it.

        Father:
        Have you told her so?

        Tom:
        I told her that I had found a door.

        Father:
        A door. That is good, that is very good. I brought her mother a pump handle.
        Well, keep the wedge. Here, take it, you may want it some day. There is no need
        to put it in straight away.

        The barn, at dusk. Nineteen drawings on the wall. Hannah and Martha on the
        straw.

        Martha:
        Now say it plainly. Are you going to live in a house with that door?

        Hannah:
        I am going to live in the house behind it. We have found two walls. They belong
        to the mill, and Mr. Crowe has said that we may have them for a shilling a year,
        if we do not tell anybody that he was glad.

        Martha:
        And you will go on with the weaving?

        Hannah:
        Yes. I thought that I would want to stop, and I do not. Shall I tell you
        something strange? I used to count the hours until the bell. Now there are some
        days when it rings and I am sorry, because I was just about to find something
        out. Last month I changed one thing in how I hold back the edge, a very small
        thing, and I waited the whole day to see whether it was better or worse.

        Martha:
        And was it?

        Hannah:
        It was worse. I was as happy as a king. I knew which way to go.

        Martha:
        We ought to have been brought up as something, you and I. Explorers, or judges.
        Do you know what the little one with the turnip said to me on Friday? He said,
        miss, when I get it wrong, is it the same wrong as yesterday, or a smaller one?
        I could have kissed him. I said that it was a smaller one. He said, then it is
        going the right way, and went back to it.

        Hannah:
        Does he still bring turnips?

        Martha:
        He has gone on to beets. Look, there is the evening star, over the ram. Make a
        wish, quickly, before he eats it.

        Hannah:
        I have made it.

        Martha:
        What was it?

        Hannah:
        It was for more of the same, a little forgotten, and a little let in.

        The station at Harrowbeck. Rain. A crowd upon the platform with one umbrella
        among them.

        Crowe:
        I do not know why I have come. I had a tooth that wanted air.

        Ruth:
        You came because you are fond of us, Mr. Crowe. You may enter it under weather.

        Jonah:
        It is late by four minutes. If it lost them on the hill it will have them again
        by the bridge, because the rails are wet, but the slope is with it. I worked it
        out on the way.

        Marsh:
        And if it lost them at the junction?

        Jonah:
        Then it lost them to the guard, miss, who has a sweetheart there, and I cannot
        do sums about that yet.

        Tom:
        I can hear it. Silas, can you hear it?

        Silas:
        I heard it when you were still talking about your hat. There is something loose
        on the second carriage. It limps.

        Dunning:
        Stand back from the edge, all of you. I have lost two, and I do not mean to
        begin on other people's.

        The train comes in, with a great deal of steam. For a while there is nobody to
        be seen. Then a man with a cage.

        Edmund:
        Well. It is cold. I have said for nine years that it was hot, and I want it to
        be noticed that I can say the other thing.

        Ruth:
        Edmund! You have left your hat in the carriage!

        Edmund:
        Have I? So I have. There, you see, you said it to my face this time. It comes to
        just what I thought it would. Hold the bird, will you, Tom. You have got broad.
        Who are all these people?

        Tom:
        They are the town.

        Edmund:
        It is a great deal smaller than the one that I remembered, and there are more
        people in it that I should like to know. What was that? Did you hear that? He
        has not said a word since the ship.

        Hannah:
        He said it when the rain came in under the cage. Say it again, bird. What does
        it mean?

        Edmund:
        I have never known. I used to think that it was a word for home, and then I
        thought that it was a word for water. Now that I stand here I believe that it
        may only be the noise the door made, of the room where it was happy.

        Silas:
        Then it is a good word. Most of ours began like that.

        Dunning:
        The soup is in its fifth condition, and I never heard of a sixth. Come along,
        all of you. And somebody shut that gate.

        Winter. Silas's room. A low fire. Silas in bed with his hands on the blanket,
        Jonah on a stool.

        Silas:
        What have you got there? It is not a book. It has no back.

        Jonah:
        It is a paper. I made it. Miss Marsh has helped me with the spelling. It is
        about what you taught me, about going back.

        Silas:
        I never taught you anything that could be put on a paper. It was all thumb.

        Jonah:
        That was what I thought. But listen, and tell me where it is wrong. Suppose that
        there is a piece of cloth, and at the end of it a fault, so big. And suppose
        that every thread does something to what comes to it, and hands it on. It may
        double it, or it may halve it, or bend it a little to one side. Then I need not
        know what the whole cloth does. I need only ask each thread, if what came to you
        had been a hair more, how much more would you have handed on?

        Silas:
        That is the question. That is what the thumb asks.

        Jonah:
        And then I begin at the end with one whole fault, and I carry it back. At each
        thread I multiply by its answer. Where two threads went out of one, I add up
        what they both bring home. I never go forward again. When I come to the first
        thread I have in my hand how much the very first thing mattered, and I have it
        for every thread on the way, all of them at once, and it has not cost me more
        than twice the weaving of it.

        Silas:
        Say that about the two threads again.

        Jonah:
        Where two went out, I add up what they bring home.

        Silas:
        That is it. That is the one that I could never have told you. For ten years I
        took only the last of them, and my sums came out wrong, and I thought that it
        was the light. One night, I do not know why, I added them. Put that in the
        paper. Put it in large letters. And whose name is on it?

        Jonah:
        Yours, and then mine.

        Silas:
        Put yours in front. I shall be at the other end, and they can come to me by
        walking back.

        To Mr. Jonah Reed, care of the Library, Harrowbeck.

        Dear Sir,

        I have now read your paper three times, once forward and twice as its author
        would wish. I can find no fault in it. Believe me when I say that I looked,
        since I have a reputation for it, and it is painful to me to hand a paper back
        with nothing on the margin but a ring from my cup.

        You ask whether the method is new. I cannot tell you. It has the look of a thing
        that has been found before, more than once, in the dark, by people who had no
        use for a pen. You say as much yourself in your last paragraph, where you thank
        a weaver, a librarian and a lamp. I have struck out the lamp. On thinking it
        over I have put it back.

        There is a place here for you in the spring, if you will have it. It carries a
        small sum of money and a room with a view of a wall. You will be told by
        everyone to forget what you learnt from cloth. I beg that you will forget only a
        little of it, and let in a little of what we have, and show it to nobody until
        it is wanted. I am told that this is how a good edge is kept.

        I am, with real esteem,
        the author of the large work on heat, of which you have corrected the second
        volume

        The shed, early. Snow on the long windows. Hannah is alone at Silas's bench.

        Crowe:
        You are early, Pell. Arkle, I should say. I shall never get it right, I had the
        other one by heart.

        Hannah:
        Either will do. I came to see to his needles. He asked me to keep them out of
        the damp.

        Crowe:
        How is he this morning?

        Hannah:
        He is asleep. He talked a good deal in the night. He was telling somebody called
        Tobias that it was because of the water that lies between the leather and the
        iron. It lets go, he said. A wet belt is riding on a river that is no thicker
        than a hair. He was most particular that you should be told.

        Crowe:
        He said that? He said, told to Tobias?

        Hannah:
        He said that it had come down off the shelf.

        Crowe:
        Forty years. Well. A river no thicker than a hair. I must sit down, if you will
        move those bobbins. You need not look at me.

        Hannah:
        I am looking at the snow, Mr. Crowe. There is the bell.

        Crowe:
        Let it ring. It can wait for once. It will not hurt it to wait.

        Dear Martha,

        He died on Thursday, towards evening, and it was not hard. I had the mending on
        my knee and was telling him how I went on with it, and I had come back almost to
        the beginning of the piece. I said, this one is sound, and this one, and here is
        one that is a little short, and then I saw that he had stopped listening, so I
        went on by myself until I came to the knot. I undid it. Then I went down to tell
        the others.

        The whole mill walked behind him. Mr. Crowe stopped the wheel. There has never
        been a day without it since the mill was built, and when we came out upon the
        bridge we could hear the river as it is, with nothing in its way, and Tom took
        my hand and said nothing, which is what he does best.

        Jonah came back for it on the night train. He stood at the end of the grave, not
        at the head, and when the others had thrown their earth he bent down, and do you
        know what he did? He put his thumb in the ground.

        I am to have the bench. I asked for it plainly, and Mr. Crowe ruled a new line
        in the book, in red, and he wrote mending at the front of it, and under that, in
        small letters so that the master need not see, thread by thread. Nell and Susan
        have my four looms. The new girl who holds my lamp is called Kitty, and she is
        eleven, and she asks me why it has to be done at night.

        I told her what he told me. But then I thought it over, and I told her also what
        I think. I said that by day one is always going forward. There is the bell, and
        the count, and the yard that is wanted by noon. Somebody has to sit up, when it
        is quiet, and go back over what was done, and ask of each thing what it gave and
        what it was given, without anger, and take along only the difference, so that
        tomorrow can be a hair better than today. She said that her arm was asleep. I
        said that it would wake.

        Come at Easter. The door is hung. It sticks a little in the wet, and Tom has a
        wedge for it in his pocket, and is in no hurry.

        Your loving sister,
        Hannah

        """
}
