package io.tunnel4j.edge.api;

import java.util.Random;

/** Names a person can read out: four of 64 words each, so 24 random bits. */
final class QuickNames {
    private static final String[] QUALITIES =
            ("able amber apt aqua bold brave brief bright calm civic clean clear cool coral crisp deep "
                            + "early easy exact fair fast fine firm fond free fresh full glad gold good grand green "
                            + "happy hardy ideal ivory jolly just keen kind large light lime loyal lucid lucky mild neat "
                            + "noble open plain prime proud quick quiet rapid ready rich round sharp solid sunny swift warm")
                    .split(" ");
    private static final String[] THINGS =
            ("acorn anchor apple arch aspen atlas badge bay beacon bell birch bison bridge brook canal canyon "
                            + "cedar cliff cloud clover comet cove crane creek delta dune eagle elm falcon fern field finch "
                            + "flint forest fox garden glade grove harbor hawk hazel heron hill island jade lake lantern lark "
                            + "maple meadow moon oak otter pearl pine planet raven reef river robin sparrow stone valley willow")
                    .split(" ");

    private QuickNames() {}

    static String random(Random random) {
        return pick(QUALITIES, random) + "-" + pick(THINGS, random) + "-" + pick(QUALITIES, random) + "-"
                + pick(THINGS, random);
    }

    private static String pick(String[] words, Random random) {
        return words[random.nextInt(words.length)];
    }
}
